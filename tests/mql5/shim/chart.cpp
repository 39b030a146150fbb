// The account, symbols, events, the chart and its objects.
#include "mql5.hpp"

using mql::fails;
using mql::fault;
using mql::terminal;

namespace {

constexpr size_t NAME_LIMIT = 63;  // characters of an object's name
// Guess: documented by users of MQL4 only; taken for true, for a text that is cut is a text that misleads.
constexpr size_t TEXT_LIMIT = 63;

mql::Object *found(const string &name, const char *function) {
    const auto object = terminal.objects.find(name.shim_text);
    if (object != terminal.objects.end()) return &object->second;
    fault(std::string(function) + " of an object that does not exist: " + name.shim_utf8());
    fails(ERR_OBJECT_NOT_FOUND);
    return nullptr;
}

}  // namespace

int GetLastError() { return terminal.error; }
void ResetLastError() { terminal.error = 0; }
bool IsStopped() { return terminal.stop > 0 && terminal.tick >= terminal.stop; }
void Sleep(int milliseconds) { mql::pass(milliseconds); }
string Symbol() { return string(terminal.symbol); }
ENUM_TIMEFRAMES Period() { return PERIOD_M15; }

long AccountInfoInteger(ENUM_ACCOUNT_INFO_INTEGER property) {
    if (property == ACCOUNT_LOGIN) return terminal.login;
    mql::critical("the shim knows the account's login only");
}

double AccountInfoDouble(ENUM_ACCOUNT_INFO_DOUBLE property) {
    mql::critical("the shim does not know number " + std::to_string(property) + " of the account");
}

string AccountInfoString(ENUM_ACCOUNT_INFO_STRING property) {
    if (property == ACCOUNT_SERVER) return string(terminal.server);
    if (property == ACCOUNT_CURRENCY) return string(terminal.currency);
    mql::critical("the shim knows the account's server and currency only");
}

double SymbolInfoDouble(const string &symbol, ENUM_SYMBOL_INFO_DOUBLE property) {
    const auto one = terminal.symbols.find(symbol.shim_text);
    if (one == terminal.symbols.end() || !one->second.count(property)) {
        fails(ERR_MARKET_UNKNOWN_SYMBOL);
        return 0.0;
    }
    return one->second.at(property);
}

long SymbolInfoInteger(const string &symbol, ENUM_SYMBOL_INFO_INTEGER property) {
    (void)symbol;
    return property == SYMBOL_DIGITS ? 2 : 1;
}

int TerminalInfoInteger(ENUM_TERMINAL_INFO_INTEGER property) {
    if (property == TERMINAL_NOTIFICATIONS_ENABLED) return terminal.phone;
    if (property == TERMINAL_CONNECTED) return terminal.connected;
    return property == TERMINAL_SCREEN_DPI ? terminal.dpi : 1;
}

string TerminalInfoString(ENUM_TERMINAL_INFO_STRING property) {
    return string(mql::from_utf8(property == TERMINAL_COMMONDATA_PATH ? terminal.common : terminal.data));
}

int MQLInfoInteger(ENUM_MQL_INFO_INTEGER property) { return property == MQL_TESTER ? terminal.tester : 0; }
string MQLInfoString(ENUM_MQL_INFO_STRING) { return string(u"program"); }

bool PlaySound(const string &file) {
    mql::say("sound", file.shim_utf8());
    return true;
}

bool SendNotification(const string &text) {
    if (text.shim_text.size() > 255) fault("a notification of more than 255 characters");
    if (!terminal.reached) return false;
    mql::say("notification", text.shim_utf8());
    return true;
}

bool EventSetMillisecondTimer(int milliseconds) {
    if (milliseconds < 1) return fails(ERR_INVALID_PARAMETER);
    terminal.timer = milliseconds;
    return true;
}
bool EventSetTimer(int seconds) { return EventSetMillisecondTimer(1000 * seconds); }
void EventKillTimer() { terminal.timer = 0; }

bool EventChartCustom(long, ushort id, long, double, const string &text) {
    if (text.shim_text.size() > 63) fault("a custom event's text is cut after 63 characters");
    mql::say("event", std::to_string(id) + " " + text.shim_utf8());
    return true;
}

long ChartID() { return 1; }
void ChartRedraw(long) { terminal.redraws++; }
long ChartGetInteger(long, ENUM_CHART_PROPERTY_INTEGER property, int) {
    terminal.asked++;
    return terminal.chart[property];
}

bool ChartSetInteger(long, ENUM_CHART_PROPERTY_INTEGER property, long value) {
    terminal.chart[property] = value;
    return true;
}

bool IndicatorSetString(ENUM_CUSTOMIND_PROPERTY_STRING, const string &text) {
    if (text.shim_text.size() > 63) fault("an indicator's short name of more than 63 characters");
    return true;
}
bool IndicatorSetInteger(ENUM_CUSTOMIND_PROPERTY_INTEGER, int) { return true; }

// In the terminal a command waits in the chart's queue; here it is done at once. No source may read back in the same
// handler what the terminal computes. Guess: anchor, corner, font and size of a new object, and its text "Label".
bool ObjectCreate(long, const string &name, ENUM_OBJECT type, int window, datetime, double price) {
    if (name.shim_text.empty() || name.shim_text.size() > NAME_LIMIT) {
        fault("an object's name must have 1 to 63 characters: " + name.shim_utf8());
        return fails(ERR_INVALID_PARAMETER);
    }
    mql::Object object;
    object.type = type;
    object.window = window;
    object.made = terminal.made++;
    object.integers = {{OBJPROP_CORNER, CORNER_LEFT_UPPER},
                       {OBJPROP_ANCHOR, ANCHOR_LEFT_UPPER},
                       {OBJPROP_COLOR, clrWhite},
                       {OBJPROP_FONTSIZE, 10}};
    object.texts = {{OBJPROP_FONT, u"Arial"}};
    if (type == OBJ_LABEL) object.texts[OBJPROP_TEXT] = u"Label";
    object.doubles[OBJPROP_PRICE] = price;
    terminal.objects[name.shim_text] = object;
    terminal.writes++;
    return true;
}

bool ObjectDelete(long, const string &name) {
    terminal.writes++;
    return terminal.objects.erase(name.shim_text) > 0;
}

int ObjectsDeleteAll(long, const string &prefix, int, int) {
    return static_cast<int>(
        std::erase_if(terminal.objects, [&](const auto &one) { return one.first.starts_with(prefix.shim_text); }));
}

int ObjectFind(long, const string &name) {
    terminal.asked++;
    const auto object = terminal.objects.find(name.shim_text);
    return object == terminal.objects.end() ? -1 : object->second.window;
}

int ObjectsTotal(long, int, int) { return static_cast<int>(terminal.objects.size()); }

// Guess: in the order of their names.
string ObjectName(long, int at, int, int) {
    if (at < 0 || at >= static_cast<int>(terminal.objects.size())) return string();
    return string(std::next(terminal.objects.begin(), at)->first);
}

bool ObjectSetInteger(long, const string &name, ENUM_OBJECT_PROPERTY_INTEGER property, long value) {
    mql::Object *object = found(name, "ObjectSetInteger");
    if (object) object->integers[property] = value;
    terminal.writes++;
    return object != nullptr;
}

bool ObjectSetDouble(long, const string &name, ENUM_OBJECT_PROPERTY_DOUBLE property, double value) {
    mql::Object *object = found(name, "ObjectSetDouble");
    if (object) object->doubles[property] = value;
    terminal.writes++;
    return object != nullptr;
}

bool ObjectSetString(long, const string &name, ENUM_OBJECT_PROPERTY_STRING property, const string &value) {
    mql::Object *object = found(name, "ObjectSetString");
    if (!object) return false;
    if (property == OBJPROP_TEXT && value.shim_text.size() > TEXT_LIMIT)
        fault("a text is cut after 63 characters: " + value.shim_utf8());
    terminal.writes++;
    object->texts[property] = value.shim_text.substr(0, property == OBJPROP_TEXT ? TEXT_LIMIT : std::u16string::npos);
    return true;
}

long ObjectGetInteger(long, const string &name, ENUM_OBJECT_PROPERTY_INTEGER property, int) {
    mql::Object *object = found(name, "ObjectGetInteger");
    return object ? object->integers[property] : 0;
}

double ObjectGetDouble(long, const string &name, ENUM_OBJECT_PROPERTY_DOUBLE property, int) {
    mql::Object *object = found(name, "ObjectGetDouble");
    return object ? object->doubles[property] : 0.0;
}

string ObjectGetString(long, const string &name, ENUM_OBJECT_PROPERTY_STRING property, int) {
    mql::Object *object = found(name, "ObjectGetString");
    return object ? string(object->texts[property]) : string();
}
