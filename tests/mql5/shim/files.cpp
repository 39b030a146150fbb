// Files below the terminal's open folders, and terminal global variables.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "mql5.hpp"

using mql::fails;
using mql::fault;
using mql::terminal;

namespace {

constexpr size_t NAME_LIMIT = 63;  // characters of a global variable's name

// Where a file is; empty where a program may not go: out of its folder, or by a full path.
std::string place(const string &name, bool common) {
    std::string path = name.shim_utf8();
    for (char &one : path)
        if (one == '\\') one = '/';
    const bool full = !path.empty() && (path[0] == '/' || (path.size() > 1 && path[1] == ':'));
    if (path.empty() || full || path.find("..") != std::string::npos) return "";
    return (common ? terminal.common : terminal.data + "/MQL5") + "/Files/" + path;
}

mql::OpenFile *opened(int file, const char *function) {
    const size_t at = static_cast<size_t>(file) - 1;
    if (file >= 1 && at < terminal.files.size() && terminal.files[at].used) return &terminal.files[at];
    fault(std::string(function) + " of a file that is not open");
    fails(ERR_INVALID_FILEHANDLE);
    return nullptr;
}

// Guess: folders on the way are made.
int opened_to_write(const std::string &path) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    if (terminal.refuse > 0 || !std::ofstream(path, std::ios::binary)) {
        if (terminal.refuse > 0) terminal.refuse--;
        fails(ERR_CANNOT_OPEN_FILE);
        return INVALID_HANDLE;
    }
    terminal.files.push_back({"", 0, true, path});
    return static_cast<int>(terminal.files.size());
}

}  // namespace

// Only what the project does: reading or writing a whole file as bytes. Anything else is a fault.
int FileOpen(const string &name, int flags, short delimiter, uint codepage) {
    (void)delimiter;
    (void)codepage;
    const std::string path = place(name, (flags & FILE_COMMON) != 0);
    if (path.empty()) {
        fails(ERR_WRONG_FILENAME);
        return INVALID_HANDLE;
    }
    if ((flags & (FILE_READ | FILE_WRITE | FILE_BIN)) == (FILE_WRITE | FILE_BIN)) return opened_to_write(path);
    if ((flags & (FILE_READ | FILE_WRITE | FILE_BIN)) != (FILE_READ | FILE_BIN))
        fault("FileOpen other than to read bytes: " + name.shim_utf8());
    // A reader that does not share writing keeps the assistant from replacing the file.
    if ((flags & (FILE_SHARE_READ | FILE_SHARE_WRITE)) != (FILE_SHARE_READ | FILE_SHARE_WRITE))
        fault("FileOpen without sharing: " + name.shim_utf8());
    std::ifstream stream(path, std::ios::binary);
    // Guess: 5004 both where there is no file and where another process has it; only the words to the user differ.
    if (terminal.refuse > 0 || !stream || std::filesystem::is_directory(path)) {
        if (terminal.refuse > 0) terminal.refuse--;
        fails(ERR_CANNOT_OPEN_FILE);
        return INVALID_HANDLE;
    }
    std::stringstream content;
    content << stream.rdbuf();
    terminal.files.push_back({content.str(), 0, true, ""});
    return static_cast<int>(terminal.files.size());
}

void FileClose(int file) {
    mql::OpenFile *open = opened(file, "FileClose");
    if (!open) return;
    if (!open->path.empty()) std::ofstream(open->path, std::ios::binary) << open->content;
    *open = mql::OpenFile{};
}

uint FileWriteArray(int file, const Arr<uchar> &array, int from, int count) {
    mql::OpenFile *open = opened(file, "FileWriteArray");
    if (!open) return 0;
    if (open->path.empty()) {
        fault("FileWriteArray of a file that was opened to be read");
        return 0;
    }
    if (terminal.full > 0) {
        terminal.full--;
        fails(ERR_FILE_WRITEERROR);
        return 0;
    }
    const int length = count < 0 ? ArraySize(array) - from : count;
    for (int i = from; i < from + length; i++) open->content += static_cast<char>(array[i]);
    return static_cast<uint>(length);
}

bool FileMove(const string &from, int common, const string &to, int flags) {
    const std::string source = place(from, (common & FILE_COMMON) != 0);
    const std::string target = place(to, (flags & FILE_COMMON) != 0);
    if (source.empty() || target.empty()) return fails(ERR_WRONG_FILENAME);
    if (!std::filesystem::is_regular_file(source)) return fails(ERR_FILE_NOT_EXIST);
    const bool there = std::filesystem::exists(target);
    if (terminal.hold > 0 || (there && !(flags & FILE_REWRITE))) {
        if (terminal.hold > 0) terminal.hold--;
        return fails(ERR_FILE_CANNOT_REWRITE);
    }
    std::filesystem::rename(source, target);
    return true;
}

bool FileDelete(const string &name, int common) {
    const std::string path = place(name, (common & FILE_COMMON) != 0);
    return !path.empty() && std::filesystem::remove(path) ? true : fails(ERR_CANNOT_DELETE_FILE);
}

ulong FileSize(int file) {
    const mql::OpenFile *open = opened(file, "FileSize");
    return open ? open->content.size() : 0;
}

uint FileReadArray(int file, Arr<uchar> &array, int from, int count) {
    mql::OpenFile *open = opened(file, "FileReadArray");
    if (!open) return 0;
    size_t length = open->content.size() - open->at;
    if (count >= 0) length = std::min(length, static_cast<size_t>(count));
    length -= std::min(length, static_cast<size_t>(terminal.withhold));
    terminal.withhold = 0;
    ArrayResize(array, from + static_cast<int>(length));
    for (size_t i = 0; i < length; i++)
        array[from + static_cast<long>(i)] = static_cast<uchar>(open->content[open->at + i]);
    open->at += length;
    return static_cast<uint>(length);
}

bool FileIsExist(const string &name, int common) {
    const std::string path = place(name, (common & FILE_COMMON) != 0);
    return !path.empty() && std::filesystem::is_regular_file(path);
}

// Guess: setting a temporary variable leaves it temporary.
datetime GlobalVariableSet(const string &name, double value) {
    if (name.shim_text.size() > NAME_LIMIT) {
        fault("a global variable's name is too long: " + name.shim_utf8());
        fails(ERR_GLOBALVARIABLE_NOT_MODIFIED);
        return datetime(0);
    }
    terminal.variables[name.shim_text].value = value;
    terminal.variables[name.shim_text].set = TimeLocal();
    return TimeLocal();
}

bool GlobalVariableGet(const string &name, double &value) {
    const auto found = terminal.variables.find(name.shim_text);
    if (found == terminal.variables.end()) return fails(ERR_GLOBALVARIABLE_NOT_FOUND);
    value = found->second.value;
    return true;
}

double GlobalVariableGet(const string &name) {
    double value = 0.0;
    GlobalVariableGet(name, value);
    return value;
}

bool GlobalVariableSetOnCondition(const string &name, double value, double condition) {
    const auto found = terminal.variables.find(name.shim_text);
    if (found == terminal.variables.end()) return fails(ERR_GLOBALVARIABLE_NOT_FOUND);
    if (found->second.value != condition) return false;
    found->second.value = value;
    found->second.set = TimeLocal();
    return true;
}

bool GlobalVariableTemp(const string &name) {
    if (terminal.variables.count(name.shim_text)) return fails(ERR_GLOBALVARIABLE_EXISTS);
    terminal.variables[name.shim_text] = {0.0, true, TimeLocal()};
    return true;
}

bool GlobalVariableCheck(const string &name) { return terminal.variables.count(name.shim_text) > 0; }
bool GlobalVariableDel(const string &name) { return terminal.variables.erase(name.shim_text) > 0; }
int GlobalVariablesTotal() { return static_cast<int>(terminal.variables.size()); }

int GlobalVariablesDeleteAll(const string &prefix, datetime limit) {
    // Guess: the limit is the computer's local time, in which the terminal shows when each was set.
    return static_cast<int>(std::erase_if(terminal.variables, [&](const auto &one) {
        return one.first.starts_with(prefix.shim_text) && (limit == 0 || one.second.set < limit);
    }));
}
