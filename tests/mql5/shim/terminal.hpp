// The simulated terminal: what its API functions change, and what the driver shows of it.
#pragma once

#include <map>
#include <set>

#include "api.hpp"

namespace mql {

struct Object {
    ENUM_OBJECT type = OBJ_LABEL;
    int window = 0;
    int made = 0;  // objects are drawn in the order in which they were made
    std::map<int, long> integers;
    std::map<int, double> doubles;
    std::map<int, std::u16string> texts;
};

struct OpenFile {
    std::string content;
    size_t at = 0;
    bool used = false;
    std::string path;  // of a file that is written; its content goes there when it is closed
};

// One release of the calendar, in UTC: the zone that a program sees it in is the server's.
struct Release {
    long utc = 0;
    ulong event = 0;
};

struct Variable {
    double value = 0.0;
    bool temporary = false;
    long set = 0;  // local seconds
};

struct Terminal {
    // What the driver sets
    std::string common = ".";  // the folder whose Files every terminal of this machine shares
    std::string data = ".";
    long utc = 1545838200;     // seconds
    ulong tick = 1000000;      // milliseconds since the computer started
    std::u16string symbol = u"IWM.US";
    long login = 0;
    std::u16string server;
    std::u16string currency = u"USD";
    bool tester = false;
    int dpi = 96;
    bool phone = false;        // the terminal may send notifications
    bool reached = true;       // they go out
    int refuse = 0;            // so many of the next FileOpen calls fail, as while another process replaces a file
    int withhold = 0;          // so many bytes of the next FileReadArray are missing
    int full = 0;              // so many of the next FileWriteArray calls write nothing, as on a full disk
    int hold = 0;              // so many of the next FileMove calls fail, as while another process has the file open
    long zone = 3 * 3600;      // seconds that the trade server's clock is ahead of UTC
    bool connected = true;
    std::vector<Release> releases;
    std::map<ulong, MqlCalendarEvent> events;
    std::map<ulong, MqlCalendarCountry> countries;
    int silent = 0;            // error of the next answers of the calendar; 0: it answers
    ulong stop = 0;            // milliseconds; when a service is stopped
    std::map<int, long> chart{{CHART_WIDTH_IN_PIXELS, 1200}, {CHART_HEIGHT_IN_PIXELS, 700}};
    std::map<std::u16string, std::map<int, double>> symbols;

    // What the program does
    int error = 0;
    int timer = 0;             // milliseconds; 0: none
    int redraws = 0;
    long writes = 0;           // objects made and deleted, and properties set
    long asked = 0;            // questions to the chart, each of which waits for what stands in its queue
    int made = 0;
    std::map<std::u16string, Object> objects;
    std::map<std::u16string, Variable> variables;
    std::vector<OpenFile> files;
    std::u16string comment;
    std::u16string font = u"Arial";
    int font_height = -120;
};
extern Terminal terminal;

// Says on standard output what happened: "log", "alert", "fault".
void say(const char *what, const std::string &text);

// Lets simulated time pass.
void pass(long milliseconds);

// What works, but should not be done: a fault makes the test fail.
inline void fault(const std::string &text) { say("fault", text); }

inline bool fails(int error) {
    terminal.error = error;
    return false;
}

// The program under test: its handlers, null where it has none.
struct Program {
    int (*on_init)();
    void (*on_deinit)(int reason);
    void (*on_timer)();
    void (*on_tick)();
    void (*on_start)();
    int (*on_calculate)();
    void (*on_chart_event)(int id, long number, double value, const string &text);
    bool indicator;
    std::vector<std::pair<std::string, std::string>> properties;
};
extern const Program program;

// An input's value: from the environment variable MQL5_INPUT_<name>, else its default.
std::string input_text(const char *name);

template <class T>
T input(const char *name, T standard) {
    const std::string text = input_text(name);
    if (text.empty()) return standard;
    if constexpr (std::is_same_v<T, string>)
        return string(from_utf8(text));
    else if constexpr (std::is_same_v<T, bool>)
        return text == "true" || text == "1";
    else if constexpr (std::is_floating_point_v<T>)
        return static_cast<T>(std::stod(text));
    else if constexpr (std::is_enum_v<T>)
        return static_cast<T>(std::stoi(text));
    else
        return static_cast<T>(std::stol(text));
}

// C'red,green,blue' and D'yyyy.mm.dd'
inline color rgb(int red, int green, int blue) { return color(red | (green << 8) | (blue << 16)); }
inline datetime moment(const char *text) { return StringToTime(string(from_utf8(text))); }

}  // namespace mql

