//+------------------------------------------------------------------+
//| AdviceData.mqh - one advice of the panel file, parsed            |
//| The file is described in docs/panel-file.md (version 1).         |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_ADVICE_DATA_MQH
#define BREADTH_ASSISTANT_ADVICE_DATA_MQH

enum ENUM_ADVICE_SIDE
  {
   ADVICE_BUY,
   ADVICE_SELL
  };

//--- a number that may not be known; its value is 0 then
struct AdviceNumber
  {
   bool              known;
   double            value;

                     AdviceNumber(void)
     {
      known=false;
      value=0.0;
     }
  };

//--- what stands once in a file
struct AdviceHeader
  {
   long              seq;          // count of cycles of one run of the assistant
   long              utc;          // epoch seconds at which the facts had been read
   long              ttl;          // seconds after which the advice is expired
   long              login;
   string            server;
   string            mode;         // live, paper, replay
   string            funded_mode;  // off, dry_run, enforce
   string            session;      // pre, open, edge, closed, holiday, halted
   long              session_next; // epoch seconds of the close, or of the next open; 0: not known
   string            stance;       // RISK_ON, NEUTRAL, RISK_OFF, UNKNOWN
   string            since;        // YYYY-MM-DD; empty: not known
   long              sessions;     // session closes in this stance
   string            flags;        // remarks, the weightiest first
   AdviceNumber      ratio;        // at the last close
   AdviceNumber      average;      // its slow average
   double            share;        // the risk multiplier: share of normal risk for risk-on orders, 0 to 1
   string            share_name;   // the cap that sets it

                     AdviceHeader(void)
     {
      seq=0;
      utc=0;
      ttl=0;
      login=0;
      server="";
      mode="";
      funded_mode="";
      session="";
      session_next=0;
      stance="";
      since="";
      sessions=0;
      flags="";
      share=0.0;
      share_name="";
     }
  };

struct AdviceVote
  {
   string            name;
   bool              silent;       // it abstains; its value is 0 then
   int               value;        // 1 for risk, -1 against, 0 neither
   AdviceNumber      number;       // what decided, in the unit of what was looked at
   string            reason;

                     AdviceVote(void)
     {
      name="";
      silent=true;
      value=0;
      reason="";
     }
  };

//--- what one side of a symbol may order
struct AdviceSide
  {
   AdviceNumber      money;              // account currency; not known: the side has 0 lots at every stop
   string            money_name;         // the cap in money that is smallest
   double            loss_per_unit;      // account currency that a lot loses per 1.0 of price
   double            cost_per_lot;       // account currency
   double            floor_loss_per_lot; // account currency; a lot never counts as losing less
   double            lots_cap;           // the smallest of the caps that do not depend on the stop
   string            lots_cap_name;
   double            lots;               // additional lots that may be ordered at the default stop
   string            binding;            // the cap that decides
   string            reason;             // its numbers
   AdviceNumber      would_lots;         // lots of a cap that is only shown (dry run) and would let fewer through
   string            would_name;

                     AdviceSide(void)
     {
      money_name="";
      loss_per_unit=0.0;
      cost_per_lot=0.0;
      floor_loss_per_lot=0.0;
      lots_cap=0.0;
      lots_cap_name="";
      lots=0.0;
      binding="";
      reason="";
      would_name="";
     }
  };

struct AdviceSymbol
  {
   string            name;         // the broker's name
   string            role;         // risk_on, defensive, neutral
   int               digits;       // decimals of a price
   double            volume_min;   // lots, above 0
   double            volume_step;  // lots, above 0
   AdviceNumber      min_stop;     // price distance; a tighter stop is computed at this one
   AdviceNumber      default_stop; // price distance that `lots` holds for
   bool              quoted;       // there is a usable quote
   long              age_ms;       // milliseconds from the broker's stamp of the quote to UTC
   AdviceSide        buy;
   AdviceSide        sell;

                     AdviceSymbol(void)
     {
      name="";
      role="";
      digits=0;
      volume_min=0.0;
      volume_step=0.0;
      quoted=false;
      age_ms=0;
     }
  };

struct AdvicePosition
  {
   string            symbol;       // the broker's name
   ENUM_ADVICE_SIDE  side;
   double            lots;         // open on this side
   AdviceNumber      cap;          // lots that the whole position may hold

                     AdvicePosition(void)
     {
      symbol="";
      side=ADVICE_BUY;
      lots=0.0;
     }
  };

//--- where a loss rule of a funded account stands
struct AdviceFloor
  {
   string            name;
   AdviceNumber      level;        // money of the program, in a rehearsal not the account's; always known
   AdviceNumber      headroom;     // likewise; below 0 the rule is broken
   AdviceNumber      after_reset;  // the headroom after the next reset if nothing changes
   long              reset;        // epoch seconds of the next reset; 0: none, or not known
   string            status;       // green, amber, red, cannot certify, told

                     AdviceFloor(void)
     {
      name="";
      reset=0;
      status="";
     }
  };

//--- a release of the economic calendar that is still to come
struct AdviceNews
  {
   long              utc;          // epoch seconds
   string            currency;     // ALL: it concerns every symbol
   string            impact;       // high, medium, low, none
   string            title;

                     AdviceNews(void)
     {
      utc=0;
      currency="";
      impact="";
      title="";
     }
  };

//--- something that has changed; it stands in the files of some minutes
struct AdviceAlert
  {
   string            id;           // names this one change for ever
   string            level;        // info, warning, alarm
   string            text;

                     AdviceAlert(void)
     {
      id="";
      level="";
      text="";
     }
  };

//--- a whole file
struct AdviceData
  {
   AdviceHeader      header;
   double            points[];     // the ratio at the last closes, oldest first
   AdviceVote        votes[];
   AdviceSymbol      symbols[];
   AdvicePosition    positions[];
   AdviceFloor       floors[];
   AdviceNews        news[];       // the next one first
   AdviceAlert       alerts[];     // oldest first
  };

#endif
//+------------------------------------------------------------------+
