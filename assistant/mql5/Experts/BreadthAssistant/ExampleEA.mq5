//+------------------------------------------------------------------+
//| ExampleEA.mq5 - asks the advice before it would order.           |
//| It prints what it would do and orders nothing: where your own    |
//| order goes is marked below.                                      |
//+------------------------------------------------------------------+
#property copyright "Breadth Assistant contributors, MIT"
#property version   "1.00"

#include <BreadthAssistant\Advice.mqh>

input ENUM_ADVICE_SIDE InpSide=ADVICE_BUY;   // side that the example would order
input double           InpStopDistance=2.5;  // stop distance from the entry, in price
input double           InpWantedLots=1.0;    // lots that its strategy wants
input double           InpFailSafeLots=0.0;  // most additional lots while the advice is not LIVE (0: no new risk)

CAdvice advice;
string  last_said="";

//+------------------------------------------------------------------+
//| Prints what is new                                               |
//+------------------------------------------------------------------+
void Say(const string what)
  {
   if(what==last_said)
      return;
   last_said=what;
   Print("ExampleEA: ",what);
  }

//+------------------------------------------------------------------+
int OnInit(void)
  {
   if(InpStopDistance<=0.0 || InpWantedLots<=0.0 || InpFailSafeLots<0.0)
     {
      Print("ExampleEA: the stop distance and the lots must be above 0, the fail-safe 0 or more");
      return(INIT_PARAMETERS_INCORRECT);
     }
   advice.FailSafe(InpFailSafeLots);
   if(!EventSetMillisecondTimer(250))
      return(INIT_FAILED);
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   EventKillTimer();
  }

//+------------------------------------------------------------------+
//| Reads the advice, whether or not a tick comes                    |
//+------------------------------------------------------------------+
void OnTimer(void)
  {
   advice.Poll();
  }

//+------------------------------------------------------------------+
//| Your strategy: here it would order at every tick                 |
//+------------------------------------------------------------------+
void OnTick(void)
  {
   advice.Poll();
   string why="";
   double lots=advice.Clamp(_Symbol,InpSide,InpStopDistance,InpWantedLots,why);
   string side=(InpSide==ADVICE_BUY) ? "buy " : "sell ";
   string multiplier="risk multiplier "+DoubleToString(advice.Share(_Symbol),2);
   if(lots>0.0)
     {
      Say("would "+side+_Symbol+", "+multiplier+", "+why);
      // Your own order goes here: `lots` of _Symbol, with its stop at InpStopDistance from the entry.
      // A wider stop needs another question: the lots hold for this one.
     }
   else
      Say("would not "+side+_Symbol+", "+multiplier+", "+why);
  }

//+------------------------------------------------------------------+
