// SPDX-License-Identifier: GPL-2.0-only
// Prints a text about the settings, to be put into the file that holds it.
#include "documents.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

int main(int argc, char **argv)
{
    using namespace mitosis::config;
    const std::string_view which = argc == 2 ? argv[1] : "";
    if (which == "sample")
        std::cout << sample_file();
    else if (which == "man-settings")
        std::cout << man_settings();
    else if (which == "man-cell-settings")
        std::cout << man_cell_settings();
    else if (which == "man-options")
        std::cout << man_options();
    else
        std::cerr
            << "usage: settings-documents sample|man-settings|man-cell-settings|man-options\n";
    return which.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}
