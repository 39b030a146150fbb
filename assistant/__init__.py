"""Breadth Assistant: size, not direction. It reads a MetaTrader 5 terminal and never sends an order.

The five-minute map, in the order data flows:

1. `terminal/`   reads quotes, bars, the account and what is open, through MetaTrader5's own functions;
   `macro/`      reads economic series beside it; `source` puts all of it into one snapshot.
2. `core/market` holds those facts; `core/snapshot` is everything one cycle knows.
3. `core/advice` turns a snapshot into advice: ratio -> stance and votes -> shares -> caps -> lots.
4. `core/caps`   is the one idea: what restrains a trade is a cap, a number with a reason; the smallest binds.
5. `core/check`  answers one intended order from an advice: allow, resize or deny, and which cap.
6. `outputs/`    carries the advice out: panel file, state file, journal, console. What has changed is told
   `alerting`    once, to the panel, the journal and a command of the user's: `core/alerts`, `core/watching`.
7. `app`         is the loop around it, `login` what an account brings to it, `accounts` one after another,
   `faults`      what its own failures restrain;
   `once`        the same a single time, beside any run;
   `watchdog/`   a second process that ends and restarts it where it hangs.
   `cli` parses and prints; `light` is the short way to a check.
8. `funded/`     reads the rules of a funded account, its history and its calendar of news; `core/followed`
                  remembers the account, `core/funded_rules` judges it: a rule that restrains is a cap, too.

`setup/` asks the questions of the first run, `doctor/` looks at every precondition. `study/` and `reports/`
look back. `mql5/` reads the panel file inside the terminal; `panel/` puts it there.

Start reading at `core/advice.advise`.
"""

__version__ = "0.1.0"
