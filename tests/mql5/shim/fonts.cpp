// How wide a text is.
#include "mql5.hpp"

using mql::terminal;

namespace {

// Widths of Liberation Sans, whose letters are as wide as Arial's, in thousandths of its size: " " to "~".
constexpr int PLAIN[] = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
    556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584};
constexpr int BOLD[] = {
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611,
    611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584};
constexpr int WIDEST = 1000;  // of a letter that the table does not have

}  // namespace

bool TextSetFont(const string &name, int height, uint, int) {
    terminal.font = name.shim_text;
    terminal.font_height = height;
    return true;
}

// Guess: what is measured here is as wide in an object of the same font and size.
bool TextGetSize(const string &text, uint &width, uint &height) {
    const int set = terminal.font_height;  // below 0: tenths of a point
    const double pixels = set < 0 ? -set / 10.0 * terminal.dpi / 72.0 : set;
    const auto &widths = terminal.font.ends_with(u"Bold") ? BOLD : PLAIN;
    double thousandths = 0.0;
    for (char16_t one : text.shim_text) thousandths += one < u' ' || one > u'~' ? WIDEST : widths[one - u' '];
    width = static_cast<uint>(std::ceil(thousandths * pixels / 1000.0));
    height = static_cast<uint>(std::ceil(pixels * 1.15));
    return true;
}
