// Strings, conversions, formats and time.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "mql5.hpp"

namespace mql {

void critical(const std::string &what) { throw Critical(what); }

// What is not UTF-8 becomes U+FFFD. Guess: the terminal's own decoder does the same with the bytes it refuses.
std::u16string from_utf8(const std::string &bytes) {
    std::u16string out;
    out.reserve(bytes.size());
    size_t at = 0;
    while (at < bytes.size()) {
        const auto first = static_cast<unsigned char>(bytes[at]);
        if (first < 0x80) {
            out += static_cast<char16_t>(first);
            at++;
            continue;
        }
        size_t more = 0;
        unsigned code = first;
        if (first >= 0xF0 && first < 0xF8) {
            more = 3;
            code = first & 7u;
        } else if (first >= 0xE0 && first < 0xF0) {
            more = 2;
            code = first & 15u;
        } else if (first >= 0xC0 && first < 0xE0) {
            more = 1;
            code = first & 31u;
        } else if (first >= 0x80) {
            code = 0xFFFD;
        }
        at++;
        for (; more > 0; more--, at++) {
            if (at >= bytes.size() || (static_cast<unsigned char>(bytes[at]) >> 6) != 2) {
                code = 0xFFFD;
                break;
            }
            code = (code << 6) | (static_cast<unsigned char>(bytes[at]) & 63u);
        }
        if (code >= 0x10000) {
            out += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
            out += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            out += static_cast<char16_t>(code);
        }
    }
    return out;
}

std::string to_utf8(const std::u16string &text) {
    std::string out;
    for (size_t at = 0; at < text.size(); at++) {
        unsigned code = text[at];
        if (code >= 0xD800 && code < 0xDC00 && at + 1 < text.size())
            code = 0x10000 + ((code - 0xD800) << 10) + (text[++at] - 0xDC00u);
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xC0 | (code >> 6));
            out += static_cast<char>(0x80 | (code & 63));
        } else if (code < 0x10000) {
            out += static_cast<char>(0xE0 | (code >> 12));
            out += static_cast<char>(0x80 | ((code >> 6) & 63));
            out += static_cast<char>(0x80 | (code & 63));
        } else {
            out += static_cast<char>(0xF0 | (code >> 18));
            out += static_cast<char>(0x80 | ((code >> 12) & 63));
            out += static_cast<char>(0x80 | ((code >> 6) & 63));
            out += static_cast<char>(0x80 | (code & 63));
        }
    }
    return out;
}

namespace {

// One conversion of a pattern: flags and width as printf takes them, the kind behind.
struct Conversion {
    std::string flags = "%";
    bool wide = false;  // I64, l: an argument of 64 bits
    char kind = 's';
};

std::string printed(const std::string &pattern, auto value) {
    std::vector<char> room(512);
    const int length = std::snprintf(room.data(), room.size(), pattern.c_str(), value);
    return std::string(room.data(), static_cast<size_t>(std::min(length, 511)));
}

std::u16string padded(std::u16string text, const std::string &flags) {
    const size_t point = flags.find('.');
    if (point != std::string::npos) text.resize(std::min(text.size(), std::stoul(flags.substr(point + 1))));
    const bool left = flags.size() > 1 && flags[1] == '-';
    const auto width = static_cast<size_t>(std::abs(std::atoi(flags.c_str() + 1)));
    if (text.size() >= width) return text;
    const std::u16string blanks(width - text.size(), u' ');
    return left ? text + blanks : blanks + text;
}

std::u16string converted(const Conversion &how, const Arg &arg, const std::string &pattern) {
    const bool whole = arg.kind == Arg::SIGNED || arg.kind == Arg::UNSIGNED;
    switch (how.kind) {
        case 'd':
        case 'i':
            if (!whole) fault("%d was given no whole number in: " + pattern);
            // Guess: without I64 the lower 32 bits are taken. No source may need that.
            if (!how.wide && (arg.number > INT_MAX || arg.number < INT_MIN))
                fault("%d was given more than 32 bits in: " + pattern);
            return from_utf8(printed(how.flags + "ld", arg.number));
        case 'u':
        case 'x':
        case 'X':
            if (!whole) fault("a whole number was expected in: " + pattern);
            return from_utf8(printed(how.flags + "l" + how.kind,
                                     how.wide ? static_cast<ulong>(arg.number) : static_cast<uint>(arg.number)));
        case 'e':
        case 'f':
        case 'g':
            if (arg.kind != Arg::DOUBLE) fault("a double was expected in: " + pattern);
            return from_utf8(printed(how.flags + how.kind, arg.real));
        case 'c':
            return std::u16string(1, static_cast<char16_t>(arg.number));
        case 's':
            if (!arg.has_text) fault("%s was given no string in: " + pattern);
            return padded(arg.text, how.flags);
        default:
            critical("StringFormat does not know %" + std::string(1, how.kind) + " in: " + pattern);
    }
}

// Reads one conversion that begins behind a `%`; `at` is moved behind it.
Conversion conversion(const std::u16string &pattern, size_t &at) {
    Conversion how;
    while (at < pattern.size() && std::u16string(u"-+ #0123456789.").find(pattern[at]) != std::u16string::npos)
        how.flags += static_cast<char>(pattern[at++]);
    if (pattern.compare(at, 3, u"I64") == 0) {
        how.wide = true;
        at += 3;
    }
    while (at < pattern.size() && pattern[at] == u'l') {
        how.wide = true;
        at++;
    }
    if (at >= pattern.size()) critical("StringFormat: the pattern ends within a conversion");
    how.kind = static_cast<char>(pattern[at++]);
    return how;
}

}  // namespace

string format(const string &pattern, const Args &args) {
    const std::u16string &text = pattern.shim_text;
    std::u16string out;
    size_t used = 0;
    for (size_t at = 0; at < text.size();) {
        if (text[at] != u'%') {
            out += text[at++];
        } else if (text.compare(at, 2, u"%%") == 0) {
            out += u'%';
            at += 2;
        } else {
            at++;
            const Conversion how = conversion(text, at);
            if (used >= args.size()) critical("StringFormat: an argument is missing in: " + pattern.shim_utf8());
            out += converted(how, args[used++], pattern.shim_utf8());
        }
    }
    if (used < args.size()) fault("StringFormat: an argument is left over in: " + pattern.shim_utf8());
    return string(out);
}

// Guess: Print and Comment write a double with 16 significant digits. Sources use DoubleToString.
string joined(const Args &args) {
    std::u16string out;
    for (const Arg &arg : args) {
        if (arg.has_text)
            out += arg.text;
        else if (arg.kind == Arg::DOUBLE)
            out += string(arg.real).shim_text;
        else if (arg.kind == Arg::UNSIGNED)
            out += from_utf8(std::to_string(static_cast<ulong>(arg.number)));
        else
            out += from_utf8(std::to_string(arg.number));
    }
    return string(out);
}

}  // namespace mql

using mql::from_utf8;

string::string(int value) : shim_text(from_utf8(std::to_string(value))) {}
string::string(long value) : shim_text(from_utf8(std::to_string(value))) {}
string::string(uint value) : shim_text(from_utf8(std::to_string(value))) {}
string::string(ulong value) : shim_text(from_utf8(std::to_string(value))) {}
string::string(bool value) : shim_text(value ? u"true" : u"false") {}
string::string(double value) : shim_text(from_utf8(mql::printed("%.16g", value))) {}
string::string(datetime value) : shim_text(TimeToString(value, TIME_DATE | TIME_SECONDS).shim_text) {}

int StringLen(const string &text) { return static_cast<int>(text.shim_text.size()); }

// Guess: an empty match is not found.
int StringFind(const string &text, const string &match, int from) {
    if (match.shim_text.empty() || from < 0 || from > StringLen(text)) return -1;
    const size_t at = text.shim_text.find(match.shim_text, static_cast<size_t>(from));
    return at == std::u16string::npos ? -1 : static_cast<int>(at);
}

// The reference: a length of -1 is "to the end". What 0 is differs between MQL4 and MQL5: no source may ask.
string StringSubstr(const string &text, int from, int length) {
    if (length == 0) mql::fault("StringSubstr with a length of 0");
    if (from < 0 || from >= StringLen(text)) mql::fault("StringSubstr from beyond the end of: " + text.shim_utf8());
    if (from < 0 || from > StringLen(text)) return string();
    return string(text.shim_text.substr(static_cast<size_t>(from),
                                        length < 0 ? std::u16string::npos : static_cast<size_t>(length)));
}

int StringReplace(string &text, const string &find, const string &replacement) {
    if (find.shim_text.empty()) return 0;
    int count = 0;
    size_t at = 0;
    while ((at = text.shim_text.find(find.shim_text, at)) != std::u16string::npos) {
        text.shim_text.replace(at, find.shim_text.size(), replacement.shim_text);
        at += replacement.shim_text.size();
        count++;
    }
    return count;
}

static const char16_t *const BLANKS = u" \t\r\n";

int StringTrimLeft(string &text) {
    const size_t count = std::min(text.shim_text.find_first_not_of(BLANKS), text.shim_text.size());
    text.shim_text.erase(0, count);
    return static_cast<int>(count);
}

int StringTrimRight(string &text) {
    const size_t length = text.shim_text.size();
    text.shim_text.resize(text.shim_text.find_last_not_of(BLANKS) + 1);
    return static_cast<int>(length - text.shim_text.size());
}

// Guess: beyond ASCII letters stay as they are. Sources change the case of their own words only.
bool StringToUpper(string &text) {
    for (auto &one : text.shim_text)
        if (one >= u'a' && one <= u'z') one = static_cast<char16_t>(one - 32);
    return true;
}

bool StringToLower(string &text) {
    for (auto &one : text.shim_text)
        if (one >= u'A' && one <= u'Z') one = static_cast<char16_t>(one + 32);
    return true;
}

// Guess: an empty last part counts, as an empty part in the middle does; of an empty text there are none.
int StringSplit(const string &text, ushort separator, Arr<string> &parts) {
    parts.shim_items.clear();
    if (text.shim_text.empty()) return 0;
    size_t from = 0;
    while (true) {
        const size_t to = text.shim_text.find(static_cast<char16_t>(separator), from);
        parts.shim_items.push_back(string(text.shim_text.substr(from, to == std::u16string::npos ? to : to - from)));
        if (to == std::u16string::npos) return ArraySize(parts);
        from = to + 1;
    }
}

ushort StringGetCharacter(const string &text, int at) {
    if (at < 0 || at >= StringLen(text)) {
        mql::fault("StringGetCharacter beyond the end of: " + text.shim_utf8());
        mql::terminal.error = ERR_WRONG_STRING_PARAMETER;
        return 0;
    }
    return static_cast<ushort>(text.shim_text[static_cast<size_t>(at)]);
}

bool StringSetCharacter(string &text, int at, ushort value) {
    if (at < 0 || at > StringLen(text)) return mql::fails(ERR_WRONG_STRING_PARAMETER);
    if (at == StringLen(text)) text.shim_text += u' ';
    text.shim_text[static_cast<size_t>(at)] = static_cast<char16_t>(value);
    return true;
}

int StringCompare(const string &one, const string &other, bool case_sensitive) {
    string left = one, right = other;
    if (!case_sensitive) {
        StringToLower(left);
        StringToLower(right);
    }
    return left < right ? -1 : (left > right ? 1 : 0);
}

// Guess: as exact as C's strtod. A last digit's difference is forgiven where lots are rounded (1e-9 of a step).
double StringToDouble(const string &text) { return std::strtod(text.shim_utf8().c_str(), nullptr); }

long StringToInteger(const string &text) { return std::strtol(text.shim_utf8().c_str(), nullptr, 10); }

string DoubleToString(double value, int digits) {
    if (digits < 0 || digits > 16) mql::fault("DoubleToString with " + std::to_string(digits) + " digits");
    if (!std::isfinite(value)) mql::fault("DoubleToString of what is no number");
    return string(from_utf8(mql::printed("%." + std::to_string(digits) + "f", value)));
}

string IntegerToString(long value, int length, ushort fill) {
    std::u16string text = from_utf8(std::to_string(value));
    while (static_cast<int>(text.size()) < length) text.insert(text.begin(), static_cast<char16_t>(fill));
    return string(text);
}

string ShortToString(ushort code) { return string(std::u16string(1, static_cast<char16_t>(code))); }
string CharToString(uchar code) { return ShortToString(code); }

// Ends at a zero byte, as the reference says of a count of -1. Guess: with a count, too.
string CharArrayToString(const Arr<uchar> &array, int from, int count, uint codepage) {
    const int length = ArraySize(array);
    const int to = count < 0 ? length : std::min(length, from + count);
    std::string bytes;
    bytes.reserve(static_cast<size_t>(std::max(to - from, 0)));
    for (int i = from; i < to && array[i] != 0; i++) bytes += static_cast<char>(array[i]);
    if (codepage == CP_UTF8) return string(from_utf8(bytes));
    std::u16string text;
    for (char one : bytes) text += static_cast<char16_t>(static_cast<unsigned char>(one));
    return string(text);
}

int StringToCharArray(const string &text, Arr<uchar> &array, int from, int count, uint codepage) {
    std::string bytes = codepage == CP_UTF8 ? text.shim_utf8() : std::string();
    if (codepage != CP_UTF8)
        for (char16_t one : text.shim_text) bytes += static_cast<char>(one < 256 ? one : u'?');
    if (count < 0)
        bytes += '\0';  // the reference: the closing zero is copied, too
    else
        bytes.resize(std::min(bytes.size(), static_cast<size_t>(count)));
    ArrayResize(array, from + static_cast<int>(bytes.size()));
    for (size_t i = 0; i < bytes.size(); i++) array[from + static_cast<long>(i)] = static_cast<uchar>(bytes[i]);
    return static_cast<int>(bytes.size());
}

// Guess: half away from zero.
double NormalizeDouble(double value, int digits) {
    if (digits < 0 || digits > 8) mql::fault("NormalizeDouble knows 0 to 8 digits");
    const double scale = std::pow(10.0, digits);
    return std::round(value * scale) / scale;
}

datetime TimeGMT() { return datetime(mql::terminal.utc); }
datetime TimeLocal() { return datetime(mql::terminal.utc + 2 * 3600); }
datetime TimeCurrent() { return datetime(mql::terminal.utc + mql::terminal.zone); }
datetime TimeTradeServer() { return TimeCurrent(); }
uint GetTickCount() { return static_cast<uint>(mql::terminal.tick); }
ulong GetTickCount64() { return mql::terminal.tick; }
ulong GetMicrosecondCount() { return mql::terminal.tick * 1000; }

bool TimeToStruct(datetime time, MqlDateTime &parts) {
    const time_t seconds = time;
    struct tm utc;
    gmtime_r(&seconds, &utc);
    parts = {utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
             utc.tm_wday,        utc.tm_yday};
    return true;
}

datetime StructToTime(const MqlDateTime &parts) {
    struct tm utc = {};
    utc.tm_year = parts.year - 1900;
    utc.tm_mon = parts.mon - 1;
    utc.tm_mday = parts.day;
    utc.tm_hour = parts.hour;
    utc.tm_min = parts.min;
    utc.tm_sec = parts.sec;
    return datetime(static_cast<long>(timegm(&utc)));
}

string TimeToString(datetime time, int mode) {
    const time_t seconds = time;
    struct tm utc;
    gmtime_r(&seconds, &utc);
    std::string pattern;
    if (mode & TIME_DATE) pattern = "%Y.%m.%d";
    if (mode & (TIME_MINUTES | TIME_SECONDS)) pattern += pattern.empty() ? "%H:%M" : " %H:%M";
    if (mode & TIME_SECONDS) pattern += ":%S";
    char room[64];
    const size_t length = std::strftime(room, sizeof room, pattern.c_str(), &utc);
    return string(from_utf8(std::string(room, length)));
}

datetime StringToTime(const string &text) {
    MqlDateTime parts{0, 1, 1, 0, 0, 0, 0, 0};
    const int read = std::sscanf(text.shim_utf8().c_str(), "%d%*[.-]%d%*[.-]%d %d:%d:%d", &parts.year, &parts.mon,
                                 &parts.day, &parts.hour, &parts.min, &parts.sec);
    return read < 3 ? datetime(0) : StructToTime(parts);
}
