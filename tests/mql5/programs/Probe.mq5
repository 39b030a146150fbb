//+------------------------------------------------------------------+
//| Probe.mq5 - asks the include what a test wants to know           |
//| An event's text is a question: "lots <symbol> <B|S>" with the    |
//| stop distance as the event's number, and so on.                  |
//+------------------------------------------------------------------+
#property indicator_chart_window
#property indicator_plots 0

#include <BreadthAssistant\AdviceGlobals.mqh>

input double InpFailSafeLots=0.0;
input bool   InpPublish=false;

CAdvice        advice;
CAdviceGlobals globals;

ENUM_ADVICE_SIDE SideOf(const string letter)
  {
   return(letter=="B" ? ADVICE_BUY : ADVICE_SELL);
  }

string Number(const AdviceNumber &number)
  {
   return(number.known ? DoubleToString(number.value,9) : "-");
  }

void ShowSide(const string name,const string letter,const AdviceSide &side)
  {
   Print("SIDE|",name,"|",letter,"|",Number(side.money),"|",side.money_name,"|",DoubleToString(side.loss_per_unit,9),"|",
         DoubleToString(side.cost_per_lot,9),"|",DoubleToString(side.floor_loss_per_lot,9),"|",
         DoubleToString(side.lots_cap,9),"|",side.lots_cap_name,"|",DoubleToString(side.lots,9),"|",side.binding,"|",
         side.reason,"|",Number(side.would_lots),"|",side.would_name);
  }

//--- everything that was parsed, line by line as in the file
void ShowAll(void)
  {
   AdviceHeader h;
   advice.Header(h);
   Print("HEADER|",h.seq,"|",h.utc,"|",h.ttl,"|",h.login,"|",h.server,"|",h.mode,"|",h.funded_mode,"|",h.session,"|",
         h.session_next,"|",h.stance,"|",h.since,"|",h.sessions,"|",h.flags,"|",Number(h.ratio),"|",Number(h.average),"|",
         DoubleToString(h.share,9),"|",h.share_name);
   double point=0.0;
   string points="";
   for(int i=0; advice.PointAt(i,point); i++)
      points+="|"+DoubleToString(point,6);
   Print("POINTS",points);
   AdviceVote vote;
   for(int i=0; advice.VoteAt(i,vote); i++)
      Print("VOTE|",vote.name,"|",vote.silent ? "A" : IntegerToString(vote.value),"|",Number(vote.number),"|",vote.reason);
   AdviceSymbol symbol;
   for(int i=0; advice.SymbolAt(i,symbol); i++)
     {
      Print("SYM|",symbol.name,"|",symbol.role,"|",symbol.digits,"|",DoubleToString(symbol.volume_min,9),"|",
            DoubleToString(symbol.volume_step,9),"|",Number(symbol.min_stop),"|",Number(symbol.default_stop),"|",
            symbol.quoted ? IntegerToString(symbol.age_ms) : "-");
      ShowSide(symbol.name,"B",symbol.buy);
      ShowSide(symbol.name,"S",symbol.sell);
     }
   AdvicePosition position;
   for(int i=0; advice.PositionAt(i,position); i++)
      Print("POS|",position.symbol,"|",position.side==ADVICE_BUY ? "B" : "S","|",DoubleToString(position.lots,9),"|",
            Number(position.cap));
   AdviceFloor level;
   for(int i=0; advice.FloorAt(i,level); i++)
      Print("FLOOR|",level.name,"|",Number(level.level),"|",Number(level.headroom),"|",Number(level.after_reset),"|",
            level.reset,"|",level.status);
   AdviceNews news;
   for(int i=0; advice.NewsAt(i,news); i++)
      Print("NEWS|",news.utc,"|",news.currency,"|",news.impact,"|",news.title);
   AdviceAlert alert;
   for(int i=0; advice.AlertAt(i,alert); i++)
      Print("ALERT|",alert.id,"|",alert.level,"|",alert.text);
  }

int OnInit(void)
  {
   advice.FailSafe(InpFailSafeLots);
   if(!EventSetMillisecondTimer(250))
      return(INIT_FAILED);
   return(INIT_SUCCEEDED);
  }

void OnDeinit(const int reason)
  {
   EventKillTimer();
   globals.Remove();
  }

int OnCalculate(const int rates_total,const int prev_calculated,const int begin,const double &price[])
  {
   return(rates_total);
  }

void OnTimer(void)
  {
   advice.Poll();
   if(InpPublish)
      globals.Publish(advice);
  }

//--- the stop distance is dparam, the lots that are wanted are the last word of a "clamp"
void OnChartEvent(const int id,const long &lparam,const double &dparam,const string &sparam)
  {
   string words[];
   int count=AdviceCut(sparam," ",words);
   string symbol=(count>1) ? words[1] : "";
   ENUM_ADVICE_SIDE side=SideOf(count>2 ? words[2] : "B");
   string reason="";
   if(words[0]=="state")
      Print(advice.StateLine());
   if(words[0]=="revision")
      Print(advice.Revision());
   if(words[0]=="age")
      Print(advice.AgeMs());
   if(words[0]=="all")
      ShowAll();
   if(words[0]=="lots")
      Print(DoubleToString(advice.Lots(symbol,side,dparam),8));
   if(words[0]=="cap")
      Print(DoubleToString(advice.Cap(symbol,side),8));
   if(words[0]=="share")
      Print(DoubleToString(advice.Share(symbol),8));
   if(words[0]=="reason")
      Print(advice.Reason(symbol,side));
   if(words[0]=="clamp" && count>3)
     {
      double lots=advice.Clamp(symbol,side,dparam,StringToDouble(words[3]),reason);
      Print(DoubleToString(lots,8)+" "+reason);
     }
   if(words[0]=="skipped")
      Print(globals.Skipped());
  }
//+------------------------------------------------------------------+
