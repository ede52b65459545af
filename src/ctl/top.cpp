// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/top.hpp"

#include "stats/pace.hpp"

#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/json.hpp"
#include "ctl/llcs.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"
#include "ctl/top_model.hpp"
#include "ctl/top_view.hpp"

#include <ftxui/component/component.hpp>
#include <ftxui/component/event.hpp>
#include <ftxui/component/screen_interactive.hpp>
#include <ftxui/dom/elements.hpp>
#include <ftxui/screen/terminal.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <expected>
#include <mutex>
#include <ostream>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace mitosis::ctl {

namespace {

constexpr int narrowest = 80;

std::uint64_t now_monotonic_us()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

Answer<void> read_into(TopModel &model, Client &client)
{
    auto service = client.read_service();
    if (!service)
        return std::unexpected(service.error());
    return client.read_cells().transform(
        [&](const auto &cells) { model.update(*std::move(service), cells); });
}

/// A pipe has no width of its own; $COLUMNS says another one.
int width_of_output()
{
    const char *const columns = std::getenv("COLUMNS");
    const int named = columns == nullptr ? 0 : std::atoi(columns);
    const int terminal = ::isatty(STDOUT_FILENO) == 1 ? ftxui::Terminal::Size().dimx : 0;
    return std::max(narrowest, named > 0 ? named : terminal);
}

std::string picture(const TopModel &model, const Options &options)
{
    if (options.output == Output::json)
        return top_to_json(model.service(), model.cells(SortKey::id));
    return print(model, group_by_llc(model.service().managed_cpus),
                 {.width = width_of_output(),
                  .motion = Motion::batch,
                  .style = Style::plain,
                  .now_monotonic_us = now_monotonic_us()});
}

Answer<void> print_batch(Client &client, const Options &options, std::ostream &out)
{
    TopModel model;
    for (std::uint64_t printed = 0;;) {
        if (auto read = read_into(model, client); !read)
            return read;
        if (printed > 0 && options.output == Output::text)
            out << '\n';
        if (!(out << picture(model, options) << std::flush) || ++printed == options.count)
            return {};
        stats::wait_for_next(std::chrono::duration<double>(options.interval_s), STDOUT_FILENO);
    }
}

/// The view on a terminal. The bus is asked in a thread of its own, so that keys are answered at
/// once.
class LiveView {
public:
    LiveView(Client &client, const Options &options)
        : client_(client), options_(options), screen_(ftxui::ScreenInteractive::Fullscreen())
    {
        view_.style = options.look.style;
    }

    Answer<void> run()
    {
        if (auto read = read_into(model_, client_); !read)
            return read;
        const auto component =
            ftxui::CatchEvent(ftxui::Renderer([this] { return draw_now(); }),
                              [this](const ftxui::Event &event) { return handle(event); });
        {
            const std::jthread reader([this](const std::stop_token &stop) { keep_reading(stop); });
            screen_.Loop(component);
        }
        return outcome_;
    }

private:
    ftxui::Element draw_now()
    {
        const std::scoped_lock lock(mutex_);
        view_.width = ftxui::Terminal::Size().dimx;
        view_.now_monotonic_us = now_monotonic_us();
        return draw(model_, group_by_llc(model_.service().managed_cpus), view_);
    }

    bool handle(const ftxui::Event &event)
    {
        const std::scoped_lock lock(mutex_);
        if (event == ftxui::Event::Character('q') || event == ftxui::Event::Escape)
            screen_.Exit();
        else if (event == ftxui::Event::Character('s'))
            view_.sort = next(view_.sort);
        else if (event == ftxui::Event::Character('f') || event == ftxui::Event::Character(' '))
            view_.motion = view_.motion == Motion::live ? Motion::frozen : Motion::live;
        else if (event == ftxui::Event::ArrowDown)
            select(view_.selected + 1);
        else if (event == ftxui::Event::ArrowUp && view_.selected > 0)
            select(view_.selected - 1);
        else
            return false;
        return true;
    }

    void select(std::size_t row)
    {
        const std::size_t rows = model_.service().cell_count;
        view_.selected = std::min(row, rows == 0 ? 0 : rows - 1);
    }

    void keep_reading(const std::stop_token &stop)
    {
        std::mutex nothing;
        std::condition_variable_any pause;
        const std::chrono::duration<double> interval(options_.interval_s);
        for (std::uint64_t readings = 1; readings != options_.count; ++readings) {
            std::unique_lock lock(nothing);
            pause.wait_for(lock, stop, interval, [] { return false; });
            if (stop.stop_requested())
                return;
            if (!read_next())
                break;
            screen_.PostEvent(ftxui::Event::Custom);
        }
        screen_.Exit();
    }

    bool read_next()
    {
        TopModel next = copy_of_model();
        const auto read = read_into(next, client_);
        const std::scoped_lock lock(mutex_);
        if (!read)
            outcome_ = std::unexpected(read.error());
        else if (view_.motion != Motion::frozen)
            model_ = std::move(next);
        return read.has_value();
    }

    TopModel copy_of_model()
    {
        const std::scoped_lock lock(mutex_);
        return model_;
    }

    Client &client_;
    const Options &options_;
    std::mutex mutex_; // of the model, the view and the outcome
    TopModel model_;
    TopView view_;
    Answer<void> outcome_;
    ftxui::ScreenInteractive screen_;
};

} // namespace

Answer<void> show_top(Client &client, const Options &options, std::ostream &out)
{
    const bool draws =
        !options.is_batch && options.output == Output::text && ::isatty(STDOUT_FILENO) == 1;
    return draws ? LiveView(client, options).run() : print_batch(client, options, out);
}

} // namespace mitosis::ctl
