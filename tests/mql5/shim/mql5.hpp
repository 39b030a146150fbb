// All that a translated source sees; precompiled once, and included by every file of the shim.
#ifndef SHIM_MQL5
#define SHIM_MQL5

#include "terminal.hpp"

#endif
