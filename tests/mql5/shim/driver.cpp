// Runs one program: commands come line by line on standard input, each is answered on standard output by what it
// made the program say and then by "ok". An unhandled fault of the program ends the run with status 2.
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>

#include "mql5.hpp"

namespace mql {

Terminal terminal;

void say(const char *what, const std::string &text) {
    std::string line = text;
    for (char &one : line)
        if (one == '\n' || one == '\r') one = ' ';
    std::cout << what << ' ' << line << '\n';
}

void print(const string &line) { say("log", line.shim_utf8()); }
void alert(const string &line) { say("alert", line.shim_utf8()); }
void comment(const string &text) { terminal.comment = text.shim_text; }

void pass(long milliseconds) {
    static long pause = 0;  // milliseconds that have not yet made up a second of the clock
    terminal.tick += static_cast<ulong>(milliseconds);
    terminal.utc += (pause + milliseconds) / 1000;
    pause = (pause + milliseconds) % 1000;
}

std::string input_text(const char *name) {
    const char *value = std::getenv((std::string("MQL5_INPUT_") + name).c_str());
    return value ? value : "";
}

namespace {

std::string quoted(const std::string &text) {
    std::string out = "\"";
    for (char one : text) {
        if (one == '"' || one == '\\') out += '\\';
        out += static_cast<unsigned char>(one) < 32 ? ' ' : one;
    }
    return out + "\"";
}
std::string quoted(const std::u16string &text) { return quoted(to_utf8(text)); }

std::string written(double value) {
    std::ostringstream out;
    out.precision(17);
    out << value;
    return out.str();
}

// A colour as #RRGGBB; null for clrNONE.
std::string shade(long value) {
    if (value < 0) return "null";
    char room[16];
    std::snprintf(room, sizeof room, "\"#%02lX%02lX%02lX\"", value & 255, (value >> 8) & 255, (value >> 16) & 255);
    return room;
}

const std::map<int, const char *> TYPES = {{OBJ_VLINE, "OBJ_VLINE"},   {OBJ_HLINE, "OBJ_HLINE"},
                                           {OBJ_TREND, "OBJ_TREND"},   {OBJ_LABEL, "OBJ_LABEL"},
                                           {OBJ_BUTTON, "OBJ_BUTTON"}, {OBJ_EDIT, "OBJ_EDIT"},
                                           {OBJ_RECTANGLE_LABEL, "OBJ_RECTANGLE_LABEL"}};
const std::map<int, const char *> COLORS = {
    {OBJPROP_COLOR, "color"}, {OBJPROP_BGCOLOR, "background"}, {OBJPROP_BORDER_COLOR, "border"}};
const std::map<int, const char *> INTEGERS = {
    {OBJPROP_XDISTANCE, "x"},       {OBJPROP_YDISTANCE, "y"},     {OBJPROP_XSIZE, "width"},
    {OBJPROP_YSIZE, "height"},      {OBJPROP_CORNER, "corner"},   {OBJPROP_ANCHOR, "anchor"},
    {OBJPROP_FONTSIZE, "fontsize"}, {OBJPROP_ZORDER, "z"},        {OBJPROP_HIDDEN, "hidden"},
    {OBJPROP_STATE, "state"},       {OBJPROP_BACK, "back"},       {OBJPROP_SELECTABLE, "selectable"},
    {OBJPROP_ALIGN, "align"},       {OBJPROP_TIMEFRAMES, "periods"}};
const std::map<int, const char *> TEXTS = {
    {OBJPROP_TEXT, "text"}, {OBJPROP_FONT, "font"}, {OBJPROP_TOOLTIP, "tooltip"}};

std::string described(const std::u16string &name, const Object &object) {
    std::string out = "{\"name\":" + quoted(name) + ",\"type\":\"" + TYPES.at(object.type) + "\"";
    out += ",\"window\":" + std::to_string(object.window);
    for (const auto &[property, value] : object.integers) {
        if (COLORS.count(property))
            out += ",\"" + std::string(COLORS.at(property)) + "\":" + shade(value);
        else if (INTEGERS.count(property))
            out += ",\"" + std::string(INTEGERS.at(property)) + "\":" + std::to_string(value);
    }
    if (object.type == OBJ_HLINE) out += ",\"price\":" + written(object.doubles.at(OBJPROP_PRICE));
    for (const auto &[property, value] : object.texts)
        if (TEXTS.count(property)) out += ",\"" + std::string(TEXTS.at(property)) + "\":" + quoted(value);
    return out + "}";
}

// The terminal as the program has left it, as one line of JSON.
void dump() {
    std::vector<std::pair<std::u16string, const Object *>> ordered;
    for (const auto &[name, object] : terminal.objects) ordered.emplace_back(name, &object);
    std::sort(ordered.begin(), ordered.end(), [](auto &one, auto &other) { return one.second->made < other.second->made; });
    std::string objects, variables, temporary, properties;
    for (const auto &[name, object] : ordered) objects += (objects.empty() ? "" : ",") + described(name, *object);
    for (const auto &[name, one] : terminal.variables) {
        variables += (variables.empty() ? "" : ",") + quoted(name) + ":" + written(one.value);
        if (one.temporary) temporary += (temporary.empty() ? "" : ",") + quoted(name);
    }
    for (const auto &[name, value] : program.properties)
        properties += (properties.empty() ? "" : ",") + quoted(name) + ":" + quoted(value);
    long files = 0;
    for (const auto &file : terminal.files) files += file.used;
    std::cout << "state {\"objects\":[" << objects << "],\"variables\":{" << variables << "},\"temporary\":["
              << temporary << "],\"properties\":{" << properties << "},\"timer\":" << terminal.timer
              << ",\"redraws\":" << terminal.redraws << ",\"writes\":" << terminal.writes << ",\"asked\":" << terminal.asked << ",\"open_files\":" << files
              << ",\"mouse_moves\":" << terminal.chart[CHART_EVENT_MOUSE_MOVE] << ",\"comment\":" << quoted(terminal.comment) << ",\"chart\":{\"width\":"
              << terminal.chart[CHART_WIDTH_IN_PIXELS] << ",\"height\":" << terminal.chart[CHART_HEIGHT_IN_PIXELS]
              << ",\"dpi\":" << terminal.dpi << "}}\n";
}

std::string rest(std::istream &words) {
    std::string text;
    std::getline(words >> std::ws, text);
    return text;
}

void need(const void *handler, const char *name) {
    if (!handler) critical(std::string("the program has no ") + name);
}

const std::map<std::string, std::function<void(std::istream &)>> COMMANDS = {
    {"common", [](std::istream &words) { terminal.common = rest(words); }},
    {"data", [](std::istream &words) { terminal.data = rest(words); }},
    {"login", [](std::istream &words) { words >> terminal.login; }},
    {"server", [](std::istream &words) { terminal.server = from_utf8(rest(words)); }},
    {"symbol", [](std::istream &words) { terminal.symbol = from_utf8(rest(words)); }},
    {"tester", [](std::istream &words) { words >> terminal.tester; }},
    {"dpi", [](std::istream &words) { words >> terminal.dpi; }},
    {"chart", [](std::istream &words) {
         words >> terminal.chart[CHART_WIDTH_IN_PIXELS] >> terminal.chart[CHART_HEIGHT_IN_PIXELS];
     }},
    {"background", [](std::istream &words) { words >> terminal.chart[CHART_COLOR_BACKGROUND]; }},
    {"phone", [](std::istream &words) { words >> terminal.phone; }},
    {"reached", [](std::istream &words) { words >> terminal.reached; }},
    {"quote", [](std::istream &words) {
         std::map<int, double> &quote = terminal.symbols[terminal.symbol];
         words >> quote[SYMBOL_BID] >> quote[SYMBOL_ASK];
     }},
    // What another program of the same terminal has set.
    {"variable", [](std::istream &words) {
         std::string name;
         double value = 0.0;
         words >> name >> value;
         terminal.variables[from_utf8(name)] = {value, true, TimeLocal()};
     }},
    {"unset", [](std::istream &words) { terminal.variables.erase(from_utf8(rest(words))); }},
    // What another program of the same chart has drawn.
    {"draw", [](std::istream &words) { terminal.objects[from_utf8(rest(words))] = Object{}; }},
    // The user drags an object to another price.
    {"drag", [](std::istream &words) {
         std::string name;
         double price = 0.0;
         words >> name >> price;
         terminal.objects.at(from_utf8(name)).doubles[OBJPROP_PRICE] = price;
     }},
    {"delete", [](std::istream &words) { terminal.objects.erase(from_utf8(rest(words))); }},
    {"refuse", [](std::istream &words) { words >> terminal.refuse; }},
    {"withhold", [](std::istream &words) { words >> terminal.withhold; }},
    {"full", [](std::istream &words) { words >> terminal.full; }},
    {"hold", [](std::istream &words) { words >> terminal.hold; }},
    {"zone", [](std::istream &words) { words >> terminal.zone; }},
    {"connected", [](std::istream &words) { words >> terminal.connected; }},
    {"silent", [](std::istream &words) { words >> terminal.silent; }},
    // country ID CURRENCY
    {"country", [](std::istream &words) {
         MqlCalendarCountry one;
         words >> one.id;
         one.currency = string(from_utf8(rest(words)));
         terminal.countries[one.id] = one;
     }},
    // release UTC EVENT COUNTRY IMPORTANCE TIMEMODE NAME; in NAME a ^ stands for a line's end
    {"release", [](std::istream &words) {
         MqlCalendarEvent one;
         long utc = 0;
         int importance = 0, mode = 0;
         words >> utc >> one.id >> one.country_id >> importance >> mode;
         one.importance = static_cast<ENUM_CALENDAR_EVENT_IMPORTANCE>(importance);
         one.time_mode = static_cast<ENUM_CALENDAR_EVENT_TIMEMODE>(mode);
         std::string name = rest(words);
         std::replace(name.begin(), name.end(), '^', '\n');
         one.name = string(from_utf8(name));
         terminal.events[one.id] = one;
         terminal.releases.push_back({utc, one.id});
     }},
    // The calendar knows a release's event no longer.
    {"forget", [](std::istream &words) {
         ulong event = 0;
         words >> event;
         terminal.events.erase(event);
     }},
    {"utc", [](std::istream &words) { words >> terminal.utc; }},
    {"advance", [](std::istream &words) {
         long milliseconds = 0;
         words >> milliseconds;
         pass(milliseconds);
     }},
    {"init", [](std::istream &) {
         need(reinterpret_cast<void *>(program.on_init), "OnInit");
         say("returned", std::to_string(program.on_init()));
     }},
    // A service or a script; it is stopped after so many milliseconds. What it remembers outside of OnStart stays.
    {"start", [](std::istream &words) {
         ulong milliseconds = 0;
         words >> milliseconds;
         terminal.stop = terminal.tick + milliseconds;
         need(reinterpret_cast<void *>(program.on_start), "OnStart");
         program.on_start();
     }},
    {"tick", [](std::istream &) {
         need(reinterpret_cast<void *>(program.on_tick), "OnTick");
         program.on_tick();
     }},
    {"calculate", [](std::istream &) {
         need(reinterpret_cast<void *>(program.on_calculate), "OnCalculate");
         say("returned", std::to_string(program.on_calculate()));
     }},
    {"timer", [](std::istream &) {
         need(reinterpret_cast<void *>(program.on_timer), "OnTimer");
         if (terminal.timer <= 0) fault("OnTimer is never called: the program has set no timer");
         program.on_timer();
     }},
    {"event", [](std::istream &words) {
         need(reinterpret_cast<void *>(program.on_chart_event), "OnChartEvent");
         int id = 0;
         long number = 0;
         double value = 0.0;
         words >> id >> number >> value;
         program.on_chart_event(id, number, value, string(from_utf8(rest(words))));
     }},
    // The terminal itself ends timers and closes files; what the program leaves on the chart stays.
    {"deinit", [](std::istream &words) {
         int reason = REASON_REMOVE;
         words >> reason;
         if (program.on_deinit) program.on_deinit(reason);
     }},
    {"dump", [](std::istream &) { dump(); }},
};

}  // namespace
}  // namespace mql

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words(line);
        std::string command;
        words >> command;
        const auto found = mql::COMMANDS.find(command);
        if (found == mql::COMMANDS.end()) {
            std::cout << "unknown command " << line << std::endl;
            return 3;
        }
        try {
            found->second(words);
        } catch (const mql::Critical &error) {
            std::cout << "critical " << error.what() << std::endl;
            return 2;
        }
        std::cout << "ok" << std::endl;
    }
    return 0;
}
