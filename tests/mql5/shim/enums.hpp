// The enumerations and constants of MQL5 that the project's sources use. Their values are those of the
// reference where it gives them; elsewhere the order alone holds, and no source may rely on a number.
#pragma once

#include "types.hpp"

enum ENUM_OBJECT { OBJ_VLINE, OBJ_HLINE, OBJ_TREND, OBJ_LABEL, OBJ_BUTTON, OBJ_EDIT, OBJ_RECTANGLE_LABEL };

enum ENUM_OBJECT_PROPERTY_INTEGER {
    OBJPROP_COLOR,
    OBJPROP_STYLE,
    OBJPROP_WIDTH,
    OBJPROP_BACK,
    OBJPROP_ZORDER,
    OBJPROP_HIDDEN,
    OBJPROP_SELECTED,
    OBJPROP_READONLY,
    OBJPROP_TYPE,
    OBJPROP_SELECTABLE,
    OBJPROP_TIMEFRAMES,
    OBJPROP_ANCHOR,
    OBJPROP_XDISTANCE,
    OBJPROP_YDISTANCE,
    OBJPROP_XSIZE,
    OBJPROP_YSIZE,
    OBJPROP_STATE,
    OBJPROP_CORNER,
    OBJPROP_BORDER_TYPE,
    OBJPROP_BORDER_COLOR,
    OBJPROP_BGCOLOR,
    OBJPROP_FONTSIZE,
    OBJPROP_ALIGN
};
enum ENUM_OBJECT_PROPERTY_DOUBLE { OBJPROP_PRICE, OBJPROP_ANGLE };
enum ENUM_OBJECT_PROPERTY_STRING { OBJPROP_NAME, OBJPROP_TEXT, OBJPROP_TOOLTIP, OBJPROP_FONT };

enum ENUM_BASE_CORNER { CORNER_LEFT_UPPER, CORNER_LEFT_LOWER, CORNER_RIGHT_LOWER, CORNER_RIGHT_UPPER };
enum ENUM_ANCHOR_POINT {
    ANCHOR_LEFT_UPPER,
    ANCHOR_LEFT,
    ANCHOR_LEFT_LOWER,
    ANCHOR_LOWER,
    ANCHOR_RIGHT_LOWER,
    ANCHOR_RIGHT,
    ANCHOR_RIGHT_UPPER,
    ANCHOR_UPPER,
    ANCHOR_CENTER
};
enum ENUM_BORDER_TYPE { BORDER_FLAT, BORDER_RAISED, BORDER_SUNKEN };
enum ENUM_ALIGN_MODE { ALIGN_LEFT = 1, ALIGN_CENTER = 2, ALIGN_RIGHT = 0 };
enum ENUM_LINE_STYLE { STYLE_SOLID, STYLE_DASH, STYLE_DOT, STYLE_DASHDOT, STYLE_DASHDOTDOT };
constexpr long OBJ_NO_PERIODS = 0;
constexpr long OBJ_ALL_PERIODS = 0x1fffff;

enum ENUM_TIMEFRAMES {
    PERIOD_CURRENT = 0,
    PERIOD_M1 = 1,
    PERIOD_M5 = 5,
    PERIOD_M15 = 15,
    PERIOD_H1 = 16385,
    PERIOD_H4 = 16388,
    PERIOD_D1 = 16408
};

enum ENUM_SYMBOL_INFO_DOUBLE {
    SYMBOL_BID = 1,
    SYMBOL_ASK = 4,
    SYMBOL_POINT = 16,
    SYMBOL_TRADE_TICK_VALUE = 26,
    SYMBOL_TRADE_TICK_SIZE = 27,
    SYMBOL_TRADE_CONTRACT_SIZE = 28,
    SYMBOL_VOLUME_MIN = 34,
    SYMBOL_VOLUME_MAX = 35,
    SYMBOL_VOLUME_STEP = 36
};
enum ENUM_SYMBOL_INFO_INTEGER { SYMBOL_SELECT = 0, SYMBOL_DIGITS = 17 };

enum ENUM_ACCOUNT_INFO_DOUBLE {
    ACCOUNT_BALANCE = 37,
    ACCOUNT_CREDIT = 38,
    ACCOUNT_PROFIT = 39,
    ACCOUNT_EQUITY = 40,
    ACCOUNT_MARGIN = 41,
    ACCOUNT_MARGIN_FREE = 42,
    ACCOUNT_MARGIN_LEVEL = 43
};
enum ENUM_ACCOUNT_INFO_INTEGER { ACCOUNT_LOGIN = 0, ACCOUNT_TRADE_MODE = 32, ACCOUNT_LEVERAGE = 35 };
enum ENUM_ACCOUNT_INFO_STRING { ACCOUNT_NAME = 1, ACCOUNT_COMPANY = 2, ACCOUNT_SERVER = 3, ACCOUNT_CURRENCY = 36 };

enum ENUM_TERMINAL_INFO_STRING { TERMINAL_PATH, TERMINAL_DATA_PATH, TERMINAL_COMMONDATA_PATH };
enum ENUM_TERMINAL_INFO_INTEGER { TERMINAL_CONNECTED, TERMINAL_TRADE_ALLOWED, TERMINAL_SCREEN_DPI, TERMINAL_NOTIFICATIONS_ENABLED };
enum ENUM_MQL_INFO_STRING { MQL_PROGRAM_NAME, MQL_PROGRAM_PATH };
enum ENUM_MQL_INFO_INTEGER { MQL_TESTER, MQL_OPTIMIZATION, MQL_VISUAL_MODE, MQL_TRADE_ALLOWED };

enum ENUM_CHART_PROPERTY_INTEGER {
    CHART_SHOW,
    CHART_FOREGROUND,
    CHART_WIDTH_IN_PIXELS,
    CHART_HEIGHT_IN_PIXELS,
    CHART_COLOR_BACKGROUND,
    CHART_COLOR_FOREGROUND,
    CHART_EVENT_MOUSE_MOVE,
    CHART_MOUSE_SCROLL
};
enum ENUM_CUSTOMIND_PROPERTY_STRING { INDICATOR_SHORTNAME };
enum ENUM_CUSTOMIND_PROPERTY_INTEGER { INDICATOR_DIGITS };

enum ENUM_CHART_EVENT {
    CHARTEVENT_KEYDOWN = 0,
    CHARTEVENT_OBJECT_CLICK = 1,
    CHARTEVENT_OBJECT_DRAG = 2,
    CHARTEVENT_OBJECT_ENDEDIT = 3,
    CHARTEVENT_CLICK = 4,
    CHARTEVENT_OBJECT_DELETE = 6,
    CHARTEVENT_OBJECT_CREATE = 7,
    CHARTEVENT_OBJECT_CHANGE = 8,
    CHARTEVENT_CHART_CHANGE = 9,
    CHARTEVENT_MOUSE_MOVE = 10,
    CHARTEVENT_CUSTOM = 1000
};

enum ENUM_INIT_RETCODE { INIT_SUCCEEDED = 0, INIT_FAILED = 1, INIT_PARAMETERS_INCORRECT = 32767 };

constexpr int REASON_PROGRAM = 0;
constexpr int REASON_REMOVE = 1;
constexpr int REASON_RECOMPILE = 2;
constexpr int REASON_CHARTCHANGE = 3;
constexpr int REASON_CHARTCLOSE = 4;
constexpr int REASON_PARAMETERS = 5;
constexpr int REASON_ACCOUNT = 6;
constexpr int REASON_TEMPLATE = 7;
constexpr int REASON_INITFAILED = 8;
constexpr int REASON_CLOSE = 9;

constexpr int INVALID_HANDLE = -1;
constexpr int WHOLE_ARRAY = -1;
constexpr double EMPTY_VALUE = 1.7976931348623157e308;

constexpr int FILE_READ = 1;
constexpr int FILE_WRITE = 2;
constexpr int FILE_BIN = 4;
constexpr int FILE_CSV = 8;
constexpr int FILE_TXT = 16;
constexpr int FILE_ANSI = 32;
constexpr int FILE_UNICODE = 64;
constexpr int FILE_SHARE_READ = 128;
constexpr int FILE_SHARE_WRITE = 256;
constexpr int FILE_COMMON = 4096;

constexpr uint CP_ACP = 0;
constexpr uint CP_UTF8 = 65001;

constexpr int TIME_DATE = 1;
constexpr int TIME_MINUTES = 2;
constexpr int TIME_SECONDS = 4;

constexpr int ERR_INVALID_PARAMETER = 4003;
constexpr int ERR_OBJECT_NOT_FOUND = 4202;
constexpr int ERR_MARKET_UNKNOWN_SYMBOL = 4301;
constexpr int ERR_GLOBALVARIABLE_NOT_FOUND = 4501;
constexpr int ERR_GLOBALVARIABLE_EXISTS = 4502;
constexpr int ERR_GLOBALVARIABLE_NOT_MODIFIED = 4503;
constexpr int ERR_TOO_LONG_FILENAME = 5003;
constexpr int ERR_WRONG_FILENAME = 5002;
constexpr int ERR_CANNOT_OPEN_FILE = 5004;
constexpr int ERR_INVALID_FILEHANDLE = 5008;
constexpr int ERR_WRONG_STRING_PARAMETER = 5040;

constexpr color clrNONE = -1;
constexpr color clrBlack = 0x000000;
constexpr color clrWhite = 0xFFFFFF;
constexpr color clrRed = 0x0000FF;
constexpr color clrLime = 0x00FF00;
constexpr color clrGreen = 0x008000;
constexpr color clrBlue = 0xFF0000;
constexpr color clrYellow = 0x00FFFF;
constexpr color clrOrange = 0x00A5FF;
constexpr color clrOrangeRed = 0x0045FF;
constexpr color clrDarkOrange = 0x008CFF;
constexpr color clrGold = 0x00D7FF;
constexpr color clrGray = 0x808080;
constexpr color clrDimGray = 0x696969;
constexpr color clrSilver = 0xC0C0C0;
constexpr color clrDarkGray = 0xA9A9A9;
constexpr color clrLightGray = 0xD3D3D3;
constexpr color clrGainsboro = 0xDCDCDC;
constexpr color clrWhiteSmoke = 0xF5F5F5;
constexpr color clrCrimson = 0x3C14DC;
constexpr color clrFireBrick = 0x2222B2;
constexpr color clrTomato = 0x4763FF;
constexpr color clrLimeGreen = 0x32CD32;
constexpr color clrSeaGreen = 0x578B2E;
constexpr color clrMediumSeaGreen = 0x71B33C;
constexpr color clrDodgerBlue = 0xFF901E;
constexpr color clrSteelBlue = 0xB48246;
constexpr color clrNavy = 0x800000;
constexpr color clrMidnightBlue = 0x701919;
constexpr color clrDarkSlateGray = 0x4F4F2F;
constexpr color clrSlateGray = 0x908070;
constexpr color clrPurple = 0x800080;
constexpr color clrMagenta = 0xFF00FF;
constexpr color clrAqua = 0xFFFF00;
constexpr color clrMaroon = 0x000080;
constexpr color clrTeal = 0x808000;
constexpr color clrKhaki = 0x8CE6F0;
