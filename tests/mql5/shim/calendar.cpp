// The economic calendar.
//
// Guess: all times are in the zone that the server has now, also those beyond a change of its clocks. So users of the
// calendar report it; the reference only says "trade server time".
#include "mql5.hpp"

using mql::fails;
using mql::terminal;

namespace {

// Guess: an error is told by -1 and by false, and again until it is over.
bool answers() { return terminal.silent == 0 || fails(terminal.silent); }

}  // namespace

int CalendarValueHistory(Arr<MqlCalendarValue> &values, datetime from, datetime to) {
    ArrayResize(values, 0);
    // Guess: with 5400 there is a part of the values.
    if (!answers() && terminal.silent != ERR_CALENDAR_MORE_DATA) return -1;
    for (const auto &one : terminal.releases) {
        const long seen = one.utc + terminal.zone;
        if (seen < from || (to != 0 && seen > to)) continue;
        const int count = ArraySize(values);
        ArrayResize(values, count + 1);
        values[count].event_id = one.event;
        values[count].time = datetime(seen);
    }
    return ArraySize(values);
}

bool CalendarEventById(ulong event, MqlCalendarEvent &to) {
    if (!answers()) return false;
    const auto found = terminal.events.find(event);
    if (found == terminal.events.end()) return fails(ERR_CALENDAR_NO_DATA);
    to = found->second;
    return true;
}

bool CalendarCountryById(long country, MqlCalendarCountry &to) {
    if (!answers()) return false;
    const auto found = terminal.countries.find(static_cast<ulong>(country));
    if (found == terminal.countries.end()) return fails(ERR_CALENDAR_NO_DATA);
    to = found->second;
    return true;
}
