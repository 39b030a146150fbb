// The types of MQL5, as far as the project's sources use them, for g++.
//
// The shim runs MQL5 sources off the terminal, for tests. It is stricter than MQL5 where that finds mistakes:
// what MetaEditor only warns about (a number where a string is wanted) does not compile here, and what ends a
// program in the terminal (an index out of range) ends the run. "Guess:" marks what MQL5's reference does not
// say, or what was not seen in a terminal.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#undef NULL

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;  // `long` has 64 bits on the systems that the tests run on, as in MQL5

namespace mql {

// What ends a program in the terminal: "critical error" in its journal.
struct Critical : std::runtime_error {
    using std::runtime_error::runtime_error;
};
[[noreturn]] void critical(const std::string &what);

std::u16string from_utf8(const std::string &bytes);
std::string to_utf8(const std::u16string &text);

struct Null {
    template <class T>
        requires std::is_arithmetic_v<T>
    constexpr operator T() const {
        return 0;
    }
};

}  // namespace mql

#define NULL (::mql::Null{})

// Seconds since 1970; MQL5 converts to and from whole numbers freely.
struct datetime {
    long shim_seconds = 0;
    constexpr datetime() = default;
    constexpr datetime(long seconds) : shim_seconds(seconds) {}
    constexpr datetime(int seconds) : shim_seconds(seconds) {}
    constexpr explicit datetime(double seconds) : shim_seconds(static_cast<long>(seconds)) {}
    constexpr operator long() const { return shim_seconds; }
    datetime &operator+=(long seconds) {
        shim_seconds += seconds;
        return *this;
    }
    datetime &operator-=(long seconds) {
        shim_seconds -= seconds;
        return *this;
    }
};

// 0x00BBGGRR; -1 is clrNONE.
struct color {
    int shim_value = 0;
    constexpr color() = default;
    constexpr color(int value) : shim_value(value) {}
    constexpr operator int() const { return shim_value; }
};

// UTF-16, as in the terminal: a character beyond the basic plane counts as two.
class string {
  public:
    std::u16string shim_text;
    bool shim_null = false;  // NULL is another value than ""

    string() = default;
    string(std::u16string text) : shim_text(std::move(text)) {}
    string(mql::Null) : shim_null(true) {}
    // Explicit: MQL5 would convert with a warning; here it must be (string)x, IntegerToString or DoubleToString.
    explicit string(int value);
    explicit string(long value);
    explicit string(uint value);
    explicit string(ulong value);
    explicit string(bool value);
    explicit string(double value);
    explicit string(datetime value);

    string &operator+=(const string &more) {
        shim_text += more.shim_text;
        shim_null = false;
        return *this;
    }
    ushort operator[](long at) const {
        if (at < 0 || at >= static_cast<long>(shim_text.size())) mql::critical("string index out of range");
        return static_cast<ushort>(shim_text[static_cast<size_t>(at)]);
    }
    std::string shim_utf8() const { return mql::to_utf8(shim_text); }

    friend string operator+(const string &one, const string &other) {
        return string(one.shim_text + other.shim_text);
    }
    // Guess: NULL and "" compare as different.
    friend bool operator==(const string &one, const string &other) {
        return one.shim_text == other.shim_text && one.shim_null == other.shim_null;
    }
    friend bool operator<(const string &one, const string &other) { return one.shim_text < other.shim_text; }
    friend bool operator>(const string &one, const string &other) { return other < one; }
};

inline string operator""_s(const char *bytes, size_t length) {
    return string(mql::from_utf8(std::string(bytes, length)));
}

// T name[] and T name[n]: every index is checked.
template <class T>
class Arr {
  public:
    using Stored = std::conditional_t<std::is_same_v<T, bool>, char, T>;
    std::vector<Stored> shim_items;
    bool shim_static = false;  // declared with a length
    bool shim_series = false;  // counted from its end

    Arr() = default;
    Arr(std::initializer_list<T> items) : shim_items(items.begin(), items.end()), shim_static(true) {}

    // Kinder than MQL5: numbers start at 0 here and at anything there, so the sources give each its value.
    static Arr dim(long length) {
        Arr array;
        array.shim_items.resize(static_cast<size_t>(length));
        array.shim_static = true;
        return array;
    }
    size_t shim_index(long at) const {
        const auto length = static_cast<long>(shim_items.size());
        if (at < 0 || at >= length)
            mql::critical("array out of range: index " + std::to_string(at) + " of " + std::to_string(length));
        return static_cast<size_t>(shim_series ? length - 1 - at : at);
    }
    decltype(auto) operator[](long at) { return (shim_items[shim_index(at)]); }
    decltype(auto) operator[](long at) const { return (shim_items[shim_index(at)]); }
};

template <class T>
int ArraySize(const Arr<T> &array) {
    return static_cast<int>(array.shim_items.size());
}

template <class T>
int ArrayResize(Arr<T> &array, int length, int reserve = 0) {
    if (array.shim_static) mql::critical("ArrayResize of an array that was declared with a length");
    if (length < 0) return -1;
    (void)reserve;  // it only saves time
    array.shim_items.resize(static_cast<size_t>(length));
    return length;
}

template <class T>
bool ArraySwap(Arr<T> &one, Arr<T> &other) {
    if (one.shim_static || other.shim_static) mql::critical("ArraySwap of an array that was declared with a length");
    std::swap(one.shim_items, other.shim_items);
    return true;
}

template <class T>
void ArrayFree(Arr<T> &array) {
    if (!array.shim_static) array.shim_items.clear();
}

template <class T, class V>
int ArrayInitialize(Arr<T> &array, V value) {
    for (auto &item : array.shim_items) item = static_cast<T>(value);
    return ArraySize(array);
}

template <class T>
bool ArraySetAsSeries(Arr<T> &array, bool series) {
    array.shim_series = series;
    return true;
}
