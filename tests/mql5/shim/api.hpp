// The functions of MQL5 that the project's sources use: names and parameters as in the reference.
// test_shim.py holds the names against the reference's list, and the counts of arguments against api.py.
#pragma once

#include <algorithm>
#include <climits>
#include <cmath>

#include "enums.hpp"

// Strings
int StringLen(const string &text);
int StringFind(const string &text, const string &match, int from = 0);
string StringSubstr(const string &text, int from, int length = -1);
int StringReplace(string &text, const string &find, const string &replacement);
int StringTrimLeft(string &text);
int StringTrimRight(string &text);
bool StringToUpper(string &text);
bool StringToLower(string &text);
int StringSplit(const string &text, ushort separator, Arr<string> &parts);
ushort StringGetCharacter(const string &text, int at);
bool StringSetCharacter(string &text, int at, ushort value);
int StringCompare(const string &one, const string &other, bool case_sensitive = true);
double StringToDouble(const string &text);
long StringToInteger(const string &text);
string DoubleToString(double value, int digits = 8);
string IntegerToString(long value, int length = 0, ushort fill = ' ');
string ShortToString(ushort code);
string CharToString(uchar code);
string CharArrayToString(const Arr<uchar> &array, int from = 0, int count = -1, uint codepage = CP_ACP);
int StringToCharArray(const string &text, Arr<uchar> &array, int from = 0, int count = -1, uint codepage = CP_ACP);

// Arrays
template <class T>
int ArrayCopy(Arr<T> &to, const Arr<T> &from, int to_at = 0, int from_at = 0, int count = WHOLE_ARRAY) {
    int length = ArraySize(from) - from_at;
    if (count >= 0) length = std::min(length, count);
    if (to.shim_static) length = std::min(length, ArraySize(to) - to_at);
    if (length <= 0) return 0;
    if (ArraySize(to) < to_at + length) ArrayResize(to, to_at + length);
    for (int i = 0; i < length; i++) to[to_at + i] = from[from_at + i];
    return length;
}
inline int ArrayCompare(const Arr<uchar> &one, const Arr<uchar> &other, int from = 0, int other_from = 0,
                        int count = WHOLE_ARRAY) {
    for (int i = 0; i < count; i++) {
        const uchar left = one[from + i], right = other[other_from + i];
        if (left != right) return left < right ? -1 : 1;
    }
    return count < 0 ? -2 : 0;  // the shim compares so many items only
}
template <class T>
bool ArraySort(Arr<T> &array) {
    std::sort(array.shim_items.begin(), array.shim_items.end());
    return true;
}
template <class T>
int ArrayMaximum(const Arr<T> &array) {
    const auto &items = array.shim_items;
    return items.empty() ? -1 : static_cast<int>(std::max_element(items.begin(), items.end()) - items.begin());
}
template <class T>
int ArrayMinimum(const Arr<T> &array) {
    const auto &items = array.shim_items;
    return items.empty() ? -1 : static_cast<int>(std::min_element(items.begin(), items.end()) - items.begin());
}
template <class T>
void ZeroMemory(T &value) {
    value = T{};
}

// Numbers
inline double MathAbs(double value) { return std::fabs(value); }
inline int MathAbs(int value) { return std::abs(value); }
inline long MathAbs(long value) { return std::labs(value); }
inline double MathFloor(double value) { return std::floor(value); }
inline double MathCeil(double value) { return std::ceil(value); }
inline double MathRound(double value) { return std::round(value); }
inline double MathPow(double base, double exponent) { return std::pow(base, exponent); }
inline double MathSqrt(double value) { return std::sqrt(value); }
inline double MathLog10(double value) { return std::log10(value); }
inline double MathMod(double value, double divisor) { return std::fmod(value, divisor); }
inline bool MathIsValidNumber(double value) { return std::isfinite(value); }
// Guess: of two numbers of one type the result has that type. The reference says double; mixed types do not compile.
template <class T>
T MathMax(T one, T other) {
    return one > other ? one : other;
}
template <class T>
T MathMin(T one, T other) {
    return one < other ? one : other;
}
double NormalizeDouble(double value, int digits);

// Time
struct MqlDateTime {
    int year, mon, day, hour, min, sec, day_of_week, day_of_year;
};
datetime TimeGMT();
datetime TimeLocal();
datetime TimeCurrent();
datetime TimeTradeServer();
bool TimeToStruct(datetime time, MqlDateTime &parts);
datetime StructToTime(const MqlDateTime &parts);
string TimeToString(datetime time, int mode = TIME_DATE | TIME_MINUTES);
datetime StringToTime(const string &text);
uint GetTickCount();
ulong GetTickCount64();
ulong GetMicrosecondCount();

// The program and its terminal; translate.py writes Symbol() for _Symbol, and so on
int GetLastError();
void ResetLastError();
bool IsStopped();
void Sleep(int milliseconds);
string Symbol();
ENUM_TIMEFRAMES Period();
long AccountInfoInteger(ENUM_ACCOUNT_INFO_INTEGER property);
double AccountInfoDouble(ENUM_ACCOUNT_INFO_DOUBLE property);
string AccountInfoString(ENUM_ACCOUNT_INFO_STRING property);
double SymbolInfoDouble(const string &symbol, ENUM_SYMBOL_INFO_DOUBLE property);
long SymbolInfoInteger(const string &symbol, ENUM_SYMBOL_INFO_INTEGER property);
int TerminalInfoInteger(ENUM_TERMINAL_INFO_INTEGER property);
string TerminalInfoString(ENUM_TERMINAL_INFO_STRING property);
int MQLInfoInteger(ENUM_MQL_INFO_INTEGER property);
string MQLInfoString(ENUM_MQL_INFO_STRING property);
bool PlaySound(const string &file);
bool SendNotification(const string &text);

// Files, below the folders that the terminal opens to programs
int FileOpen(const string &name, int flags, short delimiter = '\t', uint codepage = CP_ACP);
void FileClose(int file);
ulong FileSize(int file);
uint FileReadArray(int file, Arr<uchar> &array, int from = 0, int count = WHOLE_ARRAY);
uint FileWriteArray(int file, const Arr<uchar> &array, int from = 0, int count = WHOLE_ARRAY);
bool FileMove(const string &from, int common, const string &to, int flags);
bool FileDelete(const string &name, int common = 0);
bool FileIsExist(const string &name, int common = 0);

// The economic calendar: the members of the reference that the project's sources use
struct MqlCalendarCountry {
    ulong id = 0;
    string currency;
};
struct MqlCalendarEvent {
    ulong id = 0;
    ENUM_CALENDAR_EVENT_TYPE type = CALENDAR_TYPE_EVENT;
    ENUM_CALENDAR_EVENT_TIMEMODE time_mode = CALENDAR_TIMEMODE_DATETIME;
    ulong country_id = 0;
    ENUM_CALENDAR_EVENT_IMPORTANCE importance = CALENDAR_IMPORTANCE_NONE;
    string name;
};
struct MqlCalendarValue {
    ulong id = 0;
    ulong event_id = 0;
    datetime time;
};
int CalendarValueHistory(Arr<MqlCalendarValue> &values, datetime from, datetime to = 0);
bool CalendarEventById(ulong event, MqlCalendarEvent &to);
bool CalendarCountryById(long country, MqlCalendarCountry &to);

// Terminal global variables
datetime GlobalVariableSet(const string &name, double value);
double GlobalVariableGet(const string &name);
bool GlobalVariableGet(const string &name, double &value);
bool GlobalVariableSetOnCondition(const string &name, double value, double condition);
bool GlobalVariableTemp(const string &name);
bool GlobalVariableCheck(const string &name);
bool GlobalVariableDel(const string &name);
int GlobalVariablesDeleteAll(const string &prefix = string(), datetime limit = 0);
int GlobalVariablesTotal();

// Events and the chart
bool EventSetTimer(int seconds);
bool EventSetMillisecondTimer(int milliseconds);
void EventKillTimer();
bool EventChartCustom(long chart, ushort id, long number, double value, const string &text);
long ChartID();
void ChartRedraw(long chart = 0);
long ChartGetInteger(long chart, ENUM_CHART_PROPERTY_INTEGER property, int window = 0);
bool ChartSetInteger(long chart, ENUM_CHART_PROPERTY_INTEGER property, long value);
bool IndicatorSetString(ENUM_CUSTOMIND_PROPERTY_STRING property, const string &text);
bool IndicatorSetInteger(ENUM_CUSTOMIND_PROPERTY_INTEGER property, int value);

// Objects of the chart
bool ObjectCreate(long chart, const string &name, ENUM_OBJECT type, int window, datetime time, double price);
bool ObjectDelete(long chart, const string &name);
int ObjectsDeleteAll(long chart, const string &prefix, int window = -1, int type = -1);
int ObjectFind(long chart, const string &name);
int ObjectsTotal(long chart, int window = -1, int type = -1);
string ObjectName(long chart, int at, int window = -1, int type = -1);
bool ObjectSetInteger(long chart, const string &name, ENUM_OBJECT_PROPERTY_INTEGER property, long value);
bool ObjectSetDouble(long chart, const string &name, ENUM_OBJECT_PROPERTY_DOUBLE property, double value);
bool ObjectSetString(long chart, const string &name, ENUM_OBJECT_PROPERTY_STRING property, const string &value);
long ObjectGetInteger(long chart, const string &name, ENUM_OBJECT_PROPERTY_INTEGER property, int modifier = 0);
double ObjectGetDouble(long chart, const string &name, ENUM_OBJECT_PROPERTY_DOUBLE property, int modifier = 0);
string ObjectGetString(long chart, const string &name, ENUM_OBJECT_PROPERTY_STRING property, int modifier = 0);
bool TextSetFont(const string &name, int height, uint flags, int orientation = 0);
bool TextGetSize(const string &text, uint &width, uint &height);

// Functions that take any number of arguments
namespace mql {

// One argument of StringFormat or Print, with its type.
struct Arg {
    enum Kind { SIGNED, UNSIGNED, DOUBLE, TEXT } kind;
    long number = 0;
    double real = 0.0;
    std::u16string text;
    bool has_text = false;  // %s takes it

    Arg(bool value) : kind(SIGNED), number(value), text(value ? u"true" : u"false"), has_text(true) {}
    Arg(char value) : kind(SIGNED), number(value) {}
    Arg(short value) : kind(SIGNED), number(value) {}
    Arg(int value) : kind(SIGNED), number(value) {}
    Arg(long value) : kind(SIGNED), number(value) {}
    Arg(uchar value) : kind(UNSIGNED), number(value) {}
    Arg(ushort value) : kind(UNSIGNED), number(value) {}
    Arg(uint value) : kind(UNSIGNED), number(value) {}
    Arg(ulong value) : kind(UNSIGNED), number(static_cast<long>(value)) {}
    Arg(float value) : kind(DOUBLE), real(static_cast<double>(value)) {}
    Arg(double value) : kind(DOUBLE), real(value) {}
    Arg(const string &value) : kind(TEXT), text(value.shim_text), has_text(true) {}
    Arg(datetime value) : kind(SIGNED), number(value), text(string(value).shim_text), has_text(true) {}
    Arg(color value) : kind(SIGNED), number(value) {}
    template <class E>
        requires std::is_enum_v<E>
    Arg(E value) : kind(SIGNED), number(static_cast<long>(value)) {}
};
using Args = std::vector<Arg>;

string format(const string &pattern, const Args &args);
string joined(const Args &args);
void print(const string &line);
void alert(const string &line);
void comment(const string &text);

}  // namespace mql

template <class... A>
string StringFormat(const string &pattern, const A &...args) {
    return mql::format(pattern, mql::Args{mql::Arg(args)...});
}
template <class... A>
void Print(const A &...args) {
    mql::print(mql::joined(mql::Args{mql::Arg(args)...}));
}
template <class... A>
void PrintFormat(const string &pattern, const A &...args) {
    mql::print(mql::format(pattern, mql::Args{mql::Arg(args)...}));
}
template <class... A>
void Alert(const A &...args) {
    mql::alert(mql::joined(mql::Args{mql::Arg(args)...}));
}
template <class... A>
void Comment(const A &...args) {
    mql::comment(mql::joined(mql::Args{mql::Arg(args)...}));
}
