//+------------------------------------------------------------------+
//| PanelView.mqh - where what of an advice stands on the panel      |
//| Distances are pixels of a screen with 96 to the inch.            |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_VIEW_MQH
#define BREADTH_ASSISTANT_PANEL_VIEW_MQH

#include "PanelParts.mqh"
#include "PanelSide.mqh"

#define PANEL_OVER     4
#define PANEL_SOON     1800  // seconds before a release of high impact from which it is in amber

class CPanelView : public CPanelParts
  {
private:
   int               m_height;

   //--- the state, its age and the modes; what is largest is what the trader looks for
   void              Head(const CAdvice &advice,const bool minimised)
     {
      string state=advice.StateName();
      color shade=m_live ? m_theme.good : m_theme.alarm;
      m_canvas.Box("edge",0,0,4,PANEL_BAR,shade,shade);
      int points=minimised ? 11 : 13;
      int wide=m_canvas.WideAt96(state,points,true);
      m_canvas.Text("state",PANEL_PAD,minimised ? 9 : 7,190,state,shade,points,PANEL_BOLD,advice.StateLine());
      string age="";
      if(advice.Have() && advice.State()!=ADVICE_FOREIGN)
         age=IntegerToString(MathMax(advice.Age(),(long)0))+" s";
      m_canvas.Text("age",PANEL_PAD+wide+8,11,70,age,m_live ? m_theme.grey : m_theme.alarm);
      m_canvas.Button("fold",Right()-18,8,18,18,minimised ? "+" : "-",m_theme.grey,11,m_theme.raised,
                      minimised ? "show the panel" : "minimise the panel");
     }

   void              Modes(const CAdvice &advice)
     {
      if(!advice.Have() || advice.State()==ADVICE_FOREIGN)
         return;
      AdviceHeader header;
      advice.Header(header);
      bool plain=(header.mode=="live" && header.funded_mode!="dry_run");
      m_canvas.Text("mode",Right()-26,11,126,PanelMode(header),
                    plain ? m_theme.grey : m_theme.warn,9,PANEL_RIGHT);
     }

   //--- in the bar: the lots of this chart's symbol
   void              Short(const PanelSide &buy,const PanelSide &sell)
     {
      string lots="buy "+buy.lots_text+"   sell "+sell.lots_text;
      m_canvas.Text("lots",Right()-26,9,190,lots,m_theme.ink,11,PANEL_BOLD|PANEL_RIGHT);
     }

   //--- why the advice is not to be followed, and what to do
   void              Trouble(const CAdvice &advice)
     {
      if(m_live)
         return;
      string why=advice.StateReason();
      string line=PanelLine(why,46);
      m_canvas.Text("why.1",PANEL_PAD,m_y,Inner(),line,m_theme.alarm,9,PANEL_PLAIN,advice.StateLine());
      m_y+=PANEL_ROW;
      if(why!="")
        {
         m_canvas.Text("why.2",PANEL_PAD,m_y,Inner(),why,m_theme.alarm,9,PANEL_PLAIN,advice.StateLine());
         m_y+=PANEL_ROW;
        }
      string todo="No new risk: the lots below are the fail-safe.";
      if(advice.State()==ADVICE_MISSING)
         todo="Start it on this computer: assistant run";
      m_canvas.Text("todo",PANEL_PAD,m_y,Inner(),todo,m_theme.grey);
      m_y+=PANEL_ROW+5;
     }

   //--- one side of this chart's symbol
   void              Side(const string name,const int x,const int width,const PanelSide &side)
     {
      int left=x+10;
      int room=width-20;
      m_canvas.Box(name+".box",x,m_y,width,100,m_theme.raised,side.own_stop ? m_theme.own : m_theme.raised);
      m_canvas.Text(name+".side",left,m_y+6,36,side.title,m_theme.grey,8,PANEL_BOLD);
      m_canvas.Text(name+".stop",x+width-10,m_y+6,room-38,side.stop_text,
                    side.own_stop ? m_theme.own : m_theme.faint,8,
                    side.own_stop ? PANEL_BOLD|PANEL_RIGHT : PANEL_RIGHT,side.stop_tip);
      m_canvas.Number(name+".lots",left,m_y+18,room,side.lots_text,side.lots>0.0 ? m_theme.ink : m_theme.grey,22,
                      side.reason);
      m_canvas.Text(name+".cap",left,m_y+53,room,side.cap_text,m_theme.ink,9,PANEL_PLAIN,side.reason);
      m_canvas.Text(name+".loss",left,m_y+69,room,side.loss_text,m_theme.grey,8,PANEL_PLAIN,side.loss_tip);
      m_canvas.Text(name+".from",left,m_y+83,room,side.from_text,m_theme.grey,8);
     }

   void              Own(const CAdvice &advice,const string symbol,const PanelSide &buy,const PanelSide &sell,
                         const bool stop_on)
     {
      m_canvas.Text("symbol",PANEL_PAD,m_y,180,symbol,m_theme.ink,10,PANEL_BOLD);
      m_canvas.Button("stop",Right()-66,m_y-1,66,18,stop_on ? "remove line" : "stop line",
                      stop_on ? m_theme.own : m_theme.grey,8,m_theme.raised,
                      stop_on ? "take the stop line away" : "a line to drag: the lots for a stop there");
      m_y+=23;
      int width=(Inner()-8)/2;
      Side("buy",PANEL_PAD,width,buy);
      Side("sell",PANEL_PAD+width+8,width,sell);
      m_y+=105;
      Would("buy.would",buy);
      Would("sell.would",sell);
     }

   //--- what a rule that is only shown would leave
   void              Would(const string name,const PanelSide &side)
     {
      if(side.would_text=="")
         return;
      m_canvas.Text(name,PANEL_PAD,m_y,Inner(),side.would_text,m_theme.warn);
      m_y+=PANEL_ROW;
     }

   //--- positions over their cap: the one thing to do something about, so it stands high
   void              Over(const CAdvice &advice)
     {
      if(!m_live)
         return;
      int shown=0;
      int more=0;
      AdvicePosition one;
      for(int i=0; advice.PositionAt(i,one); i++)
        {
         if(!one.cap.known || one.lots<=one.cap.value+0.000000001)
            continue;
         if(shown==PANEL_OVER)
           {
            more++;
            continue;
           }
         AdviceSymbol symbol;
         int digits=2;
         if(advice.SymbolAt(advice.SymbolIndex(one.symbol),symbol))
            digits=PanelDecimals(symbol.volume_step);
         string name="over."+IntegerToString(shown);
         m_canvas.Text(name,PANEL_PAD,m_y,180,(one.side==ADVICE_BUY ? "long " : "short ")+one.symbol+" over its cap",
                       m_theme.alarm);
         m_canvas.Text(name+".lots",Right(),m_y,110,
                       DoubleToString(one.lots,digits)+" of "+DoubleToString(one.cap.value,digits),
                       m_theme.alarm,9,PANEL_BOLD|PANEL_RIGHT);
         m_y+=PANEL_ROW;
         shown++;
        }
      if(more>0)
        {
         m_canvas.Text("over.more",PANEL_PAD,m_y,Inner(),IntegerToString(more)+" more over their cap",m_theme.alarm);
         m_y+=PANEL_ROW;
        }
     }

   void              Regime(const CAdvice &advice)
     {
      AdviceHeader header;
      advice.Header(header);
      color shade=m_live ? m_theme.ink : m_theme.faint;
      m_canvas.Text("stance",PANEL_PAD,m_y-2,166,(m_live ? "" : "was ")+PanelStance(header.stance),shade,12,PANEL_BOLD);
      string since=(header.since=="") ? "" : "since "+header.since+", "+IntegerToString(header.sessions)+
                   (header.sessions==1 ? " session" : " sessions");
      m_canvas.Text("since",PANEL_PAD,m_y+18,166,since,m_live ? m_theme.grey : m_theme.faint,8);
      Picture(advice,header,Right()-120,m_y,120,32);
      m_y+=38;
      if(!m_live)
         return;
      string ratio=header.ratio.known ? DoubleToString(header.ratio.value,4) : "not known";
      if(header.average.known)
         ratio+=", average "+DoubleToString(header.average.value,4);
      Row("ratio","ratio",ratio,m_theme.ink);
      Row("share","risk multiplier",DoubleToString(header.share,2)+" by "+header.share_name,m_theme.ink);
      Votes("votes.for","for risk",PanelVotes(advice,1,false),PanelReasons(advice,1,false));
      Votes("votes.against","against",PanelVotes(advice,-1,false),PanelReasons(advice,-1,false));
      Votes("votes.neither","neither",PanelVotes(advice,0,false),PanelReasons(advice,0,false));
      Votes("votes.silent","silent",PanelVotes(advice,0,true),PanelReasons(advice,0,true));
      if(header.flags!="")
        {
         string rest=header.flags;
         string line=PanelLine(rest,36);
         Row("flags","remarks",line,m_theme.ink,header.flags);
         if(rest!="")
            Row("flags.2","",rest,m_theme.ink,header.flags);
        }
      long now=(long)TimeGMT();
      Row("session",TimeToString((datetime)now,TIME_SECONDS)+" UTC",PanelSession(header,now),m_theme.ink);
      News(advice,now);
     }

   //--- the next release that is still to come; the others in the tip
   void              News(const CAdvice &advice,const long now)
     {
      AdviceNews next;
      AdviceNews one;
      string tip="";
      for(int i=0; advice.NewsAt(i,one); i++)
        {
         if(one.utc<=now)
            continue;
         if(tip=="")
            next=one;
         tip+=(tip=="" ? "" : "\n")+PanelRelease(one);
        }
      if(tip=="")
         return;
      bool soon=(next.impact=="high" && next.utc-now<=PANEL_SOON);
      string when=next.currency+" "+next.impact+" in "+PanelWait(next.utc-now);
      int wide=m_canvas.WideAt96(when,9,false);
      int room=Right()-PANEL_COLUMN;
      bool beside=(m_canvas.WideAt96(next.title,9,false)+8+wide<=room);
      m_canvas.Text("news.label",PANEL_PAD,m_y,PANEL_COLUMN-PANEL_PAD-4,"news",m_theme.grey);
      m_canvas.Text("news",PANEL_COLUMN,m_y,beside ? room-wide-8 : room,next.title,m_theme.ink,9,PANEL_PLAIN,tip);
      // a long title has a line of its own
      if(!beside)
         m_y+=PANEL_ROW;
      m_canvas.Text("news.when",beside ? Right() : PANEL_COLUMN,m_y,room,when,soon ? m_theme.warn : m_theme.grey,9,
                    beside ? PANEL_RIGHT : PANEL_PLAIN,tip);
      m_y+=PANEL_ROW;
     }

   void              Votes(const string name,const string label,const string names,const string reasons)
     {
      if(names!="")
         Row(name,label,names,m_theme.ink,reasons);
     }

public:
                     CPanelView(void)
     {
      m_height=PANEL_BAR;
     }

   void              Setup(const string prefix,const double scale,const int rows)
     {
      m_canvas.Prefix(prefix);
      m_canvas.Scale(scale);
      m_rows=rows;
     }

   void              Theme(const PanelTheme &theme) { m_theme=theme; }
   color             OwnColor(void) const           { return(m_theme.own); }
   int               Width(void) const              { return(m_canvas.Pixels(PANEL_WIDTH)); }
   int               Height(void) const             { return(m_canvas.Pixels(m_height)); }
   int               HeadHeight(void) const         { return(m_canvas.Pixels(PANEL_BAR)); }
   bool              Gone(void) const               { return(m_canvas.Gone()); }
   void              Clear(void)                    { m_canvas.Clear(); }

   //--- draws the panel with its left upper corner at a pixel of the chart; whether anything has changed
   bool              Draw(const CAdvice &advice,const string symbol,const PanelSide &buy,const PanelSide &sell,
                          const bool stop_on,const bool minimised,const int left,const int top)
     {
      m_live=(advice.State()==ADVICE_LIVE);
      m_canvas.Begin(left,top);
      // first, for what is made first is drawn lowest
      m_canvas.Box("ground",0,0,PANEL_WIDTH,minimised ? PANEL_BAR : m_height,m_theme.ground,m_theme.line);
      Head(advice,minimised);
      if(minimised)
        {
         Short(buy,sell);
         return(m_canvas.End());
        }
      Modes(advice);
      m_y=PANEL_BAR;
      Trouble(advice);
      Own(advice,symbol,buy,sell,stop_on);
      Over(advice);
      if(advice.Have() && advice.State()!=ADVICE_FOREIGN)
        {
         Rule("regime.rule");
         Regime(advice);
        }
      Others(advice,symbol);
      Floors(advice);
      m_height=m_y+8;
      m_canvas.Box("ground",0,0,PANEL_WIDTH,m_height,m_theme.ground,m_theme.line);
      return(m_canvas.End());
     }
  };

#endif
//+------------------------------------------------------------------+
