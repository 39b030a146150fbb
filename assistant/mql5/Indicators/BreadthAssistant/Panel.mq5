//+------------------------------------------------------------------+
//| Panel.mq5 - what the Breadth Assistant advises, on a chart       |
//| It reads a file and draws. An indicator cannot order anything.   |
//+------------------------------------------------------------------+
#property copyright   "Breadth Assistant contributors, MIT"
#property version     "1.00"
#property description "Shows the advice of the Breadth Assistant. It never orders anything."
#property indicator_chart_window
#property indicator_plots 0
#property indicator_buffers 0

#include <BreadthAssistant\AdviceGlobals.mqh>
#include <BreadthAssistant\PanelAlerts.mqh>
#include <BreadthAssistant\PanelPlace.mqh>
#include <BreadthAssistant\PanelStop.mqh>
#include <BreadthAssistant\PanelView.mqh>

enum ENUM_PANEL_THEME
  {
   PANEL_BY_CHART, // by the chart's background
   PANEL_DARK,     // dark
   PANEL_LIGHT     // light
  };

input group "Advice"
input double           InpFailSafeLots=0.0;          // Most additional lots while the advice is not LIVE (0: no new risk)
input double           InpWantedLots=0.0;            // Lots you usually order, to say what they are capped to (0: none)
input group "Panel"
input ENUM_BASE_CORNER InpCorner=CORNER_LEFT_UPPER;  // Corner
input ENUM_PANEL_THEME InpTheme=PANEL_BY_CHART;      // Colours
input int              InpRows=8;                    // Rows of other symbols at most
input int              InpNumber=1;                  // Number of this panel (1 to 9): another for each on one chart
input string           InpKeyMinimise="M";           // Key that minimises the panel (empty: none)
input string           InpKeyStop="S";               // Key that resets the stop line (empty: none)
input group "Alerts"
input bool             InpWindow=true;               // Alert window, with the terminal's sound
input string           InpSound="alert.wav";         // Sound where there is no window (empty: none)
input bool             InpPhone=false;               // Notification to the phone

#define PANEL_TIMER 250 // milliseconds

CAdvice        advice;
CAdviceGlobals globals;
CPanelAlerts   alerts;
CPanelStop     stop;
CPanelView     view;
CPanelPlace    place;
PanelSide      buy_side;
PanelSide      sell_side;

bool   minimised=false;
int    from_left=0;       // pixels between the chosen corner of the chart and that of the panel
int    from_top=0;
bool   pressed=false;     // the left button was down at the last move of the mouse
bool   dragged=false;     // the panel follows the mouse
int    grip_left=0;       // pixels from the panel's corner to where the mouse holds it
int    grip_top=0;
long   moves_before=0;    // whether the chart told of moves of the mouse before the panel came
long   scroll_before=1;
string published="";      // what the global variables hold
string shown="";          // what the drawing depends on, as it was at the last refresh

//+------------------------------------------------------------------+
//| What is kept for this panel of this chart                        |
//+------------------------------------------------------------------+
void Keep(void)
  {
   GlobalVariableSet(place.Setting("left"),(double)from_left);
   GlobalVariableSet(place.Setting("top"),(double)from_top);
   GlobalVariableSet(place.Setting("minimised"),minimised ? 1.0 : 0.0);
   // the line is of one symbol: on another it would be anywhere
   string line=place.Setting("stop."+_Symbol);
   if(StringLen(line)>ADVICE_NAME_LIMIT)
      return;
   if(stop.On())
      GlobalVariableSet(line,stop.Price());
   else
      GlobalVariableDel(line);
  }

//+------------------------------------------------------------------+
//| Dark or light                                                    |
//+------------------------------------------------------------------+
void Colour(void)
  {
   PanelTheme theme=PanelLight();
   bool dark=(InpTheme==PANEL_DARK);
   if(InpTheme==PANEL_BY_CHART)
      dark=PanelIsDark((color)(int)ChartGetInteger(0,CHART_COLOR_BACKGROUND));
   if(dark)
      theme=PanelDark();
   view.Theme(theme);
  }

void Recall(void)
  {
   double beside=(double)(InpNumber-1)*(PANEL_WIDTH+PANEL_PAD);
   from_left=(int)place.Recalled("left",(12.0+beside)*TerminalInfoInteger(TERMINAL_SCREEN_DPI)/96.0);
   from_top=(int)place.Recalled("top",(double)24*TerminalInfoInteger(TERMINAL_SCREEN_DPI)/96.0);
   minimised=(place.Recalled("minimised",0.0)!=0.0);
   Colour();
   if(StringLen(place.Setting("stop."+_Symbol))<=ADVICE_NAME_LIMIT)
      stop.Put(place.Recalled("stop."+_Symbol,0.0),view.OwnColor());
  }

//+------------------------------------------------------------------+
//| Where the panel stands: never outside of the chart               |
//+------------------------------------------------------------------+
int Left(void)
  {
   int room=(int)ChartGetInteger(0,CHART_WIDTH_IN_PIXELS)-view.Width();
   bool right=(InpCorner==CORNER_RIGHT_UPPER || InpCorner==CORNER_RIGHT_LOWER);
   int left=right ? room-from_left : from_left;
   return(MathMax(MathMin(left,room),0));
  }

int Top(void)
  {
   int height=minimised ? view.HeadHeight() : view.Height();
   int room=(int)ChartGetInteger(0,CHART_HEIGHT_IN_PIXELS)-height;
   bool lower=(InpCorner==CORNER_LEFT_LOWER || InpCorner==CORNER_RIGHT_LOWER);
   int top=lower ? room-from_top : from_top;
   return(MathMax(MathMin(top,room),0));
  }

//+------------------------------------------------------------------+
//| Draws. At most one redrawing of the chart                        |
//+------------------------------------------------------------------+
void Show(const bool line_changed=false)
  {
   bool changed=line_changed;
   if(view.Gone())
     {
      view.Clear();
      if(stop.On())
         stop.Put(stop.Price(),view.OwnColor());
     }
   stop.Read(SymbolInfoDouble(_Symbol,SYMBOL_BID),SymbolInfoDouble(_Symbol,SYMBOL_ASK));
   PanelSideOf(advice,_Symbol,ADVICE_BUY,stop.Distance(ADVICE_BUY),InpWantedLots,buy_side);
   PanelSideOf(advice,_Symbol,ADVICE_SELL,stop.Distance(ADVICE_SELL),InpWantedLots,sell_side);
   Colour();
   int height=view.Height();
   if(view.Draw(advice,_Symbol,buy_side,sell_side,stop.On(),minimised,Left(),Top()))
      changed=true;
   // in a lower corner it stands by its height, which is known when it has been drawn
   if(view.Height()!=height && view.Draw(advice,_Symbol,buy_side,sell_side,stop.On(),minimised,Left(),Top()))
      changed=true;
   if(changed)
      ChartRedraw(0);
  }

//+------------------------------------------------------------------+
//| The global variables, where the advice is another                |
//+------------------------------------------------------------------+
void Publish(void)
  {
   AdviceHeader header;
   advice.Header(header);
   string now=IntegerToString(AccountInfoInteger(ACCOUNT_LOGIN))+" "+advice.StateName()+" "+
              IntegerToString(header.seq)+" "+IntegerToString(header.utc);
   // a panel of another chart that goes takes the variables with it
   if(now==published && globals.There())
      return;
   globals.Publish(advice);
   if(globals.Skipped()>0 && published=="")
      Print("Panel: ",globals.Skipped()," caps have no global variable, for the symbols' names are too long");
   published=now;
  }

//+------------------------------------------------------------------+
//| Reads, publishes, alerts, and draws what has changed. The same   |
//| file in the same second needs none of it but a look at the file  |
//+------------------------------------------------------------------+
void Refresh(void)
  {
   if(!place.Mine())
      return;
   advice.Poll();
   string now=IntegerToString(advice.Revision())+" "+IntegerToString((long)advice.State())+" "+
              IntegerToString(advice.Age())+" "+IntegerToString((long)TimeGMT());
   // the line may be elsewhere, or the quote that it is measured from
   if(now==shown && !stop.On() && !view.Gone())
      return;
   shown=now;
   Publish();
   alerts.Look(advice);
   Show();
  }

void Fold(void)
  {
   minimised=!minimised;
   Keep();
   Show();
  }

//--- whether the key of an input was pressed
bool IsKey(const string letter,const long code)
  {
   string upper=letter;
   StringToUpper(upper);
   return(StringLen(upper)==1 && (long)StringGetCharacter(upper,0)==code);
  }

//+------------------------------------------------------------------+
//| Puts the line where the advice's own stop is, on the side of the |
//| price on which it was                                            |
//+------------------------------------------------------------------+
void ResetStop(void)
  {
   double bid=SymbolInfoDouble(_Symbol,SYMBOL_BID);
   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK);
   AdviceSymbol symbol;
   if(bid<=0.0 || ask<bid || !advice.SymbolAt(advice.SymbolIndex(_Symbol),symbol) || !symbol.default_stop.known)
     {
      Print("Panel: there is no stop line without a quote and an advice for ",_Symbol);
      return;
     }
   bool above=(stop.On() && stop.Price()>ask);
   double price=above ? bid+symbol.default_stop.value : ask-symbol.default_stop.value;
   stop.Put(NormalizeDouble(price,symbol.digits),view.OwnColor());
  }

//+------------------------------------------------------------------+
//| The panel is dragged at its head                                 |
//+------------------------------------------------------------------+
void Mouse(const int x,const int y,const bool down)
  {
   int left=Left();
   int top=Top();
   if(down && !pressed)
     {
      // not at the button
      dragged=(x>=left && x<left+view.Width()-view.HeadHeight() && y>=top && y<top+view.HeadHeight());
      grip_left=x-left;
      grip_top=y-top;
      if(dragged)
         ChartSetInteger(0,CHART_MOUSE_SCROLL,0);
     }
   else
      if(down && dragged)
        {
         from_left+=(InpCorner==CORNER_RIGHT_UPPER || InpCorner==CORNER_RIGHT_LOWER) ? left-(x-grip_left) : x-grip_left-left;
         from_top+=(InpCorner==CORNER_LEFT_LOWER || InpCorner==CORNER_RIGHT_LOWER) ? top-(y-grip_top) : y-grip_top-top;
         Show();
        }
   if(!down && dragged)
     {
      dragged=false;
      ChartSetInteger(0,CHART_MOUSE_SCROLL,scroll_before);
      Keep();
     }
   pressed=down;
  }

//+------------------------------------------------------------------+
int OnInit(void)
  {
   if(InpFailSafeLots<0.0 || InpWantedLots<0.0 || InpRows<0)
     {
      Print("Panel: the lots and the rows must be 0 or more");
      return(INIT_PARAMETERS_INCORRECT);
     }
   if(InpNumber<1 || InpNumber>PANEL_NUMBERS)
     {
      Print("Panel: the number of a panel is from 1 to ",PANEL_NUMBERS,", not ",InpNumber);
      return(INIT_PARAMETERS_INCORRECT);
     }
   shown="";
   place.Number(InpNumber);
   place.Take();
   stop.Name(place.Line());
   IndicatorSetString(INDICATOR_SHORTNAME,"Breadth Assistant"+(InpNumber>1 ? " "+place.Behind() : ""));
   advice.FailSafe(InpFailSafeLots);
   alerts.Ways(InpWindow,InpSound,InpPhone);
   view.Setup(place.Prefix(),MathMax((double)TerminalInfoInteger(TERMINAL_SCREEN_DPI)/96.0,0.5),InpRows);
   // what a terminal that was killed has kept of the chart
   view.Clear();
   ObjectDelete(0,place.Line());
   Recall();
   moves_before=ChartGetInteger(0,CHART_EVENT_MOUSE_MOVE);
   scroll_before=ChartGetInteger(0,CHART_MOUSE_SCROLL);
   ChartSetInteger(0,CHART_EVENT_MOUSE_MOVE,1);
   if(!EventSetMillisecondTimer(PANEL_TIMER))
      return(INIT_FAILED);
   Refresh();
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   EventKillTimer();
   // what is on the chart is then another panel's
   if(!place.Mine())
      return;
   place.Leave();
   Keep();
   stop.Remove();
   view.Clear();
   // a panel that comes back at once leaves its numbers; their utc says how old they are
   if(reason!=REASON_CHARTCHANGE)
      globals.Remove();
   if(!place.Others())
      ChartSetInteger(0,CHART_EVENT_MOUSE_MOVE,moves_before);
   ChartSetInteger(0,CHART_MOUSE_SCROLL,scroll_before);
   ChartRedraw(0);
  }

//+------------------------------------------------------------------+
//| Everything is computed whether or not it is drawn                |
//+------------------------------------------------------------------+
void OnTimer(void)
  {
   Refresh();
  }

//+------------------------------------------------------------------+
int OnCalculate(const int rates_total,const int prev_calculated,const int begin,const double &price[])
  {
   return(rates_total);
  }

//+------------------------------------------------------------------+
void OnChartEvent(const int id,const long &lparam,const double &dparam,const string &sparam)
  {
   if(!place.Mine())
      return;
   if(id==CHARTEVENT_MOUSE_MOVE)
      Mouse((int)lparam,(int)dparam,(StringToInteger(sparam) & 1)!=0);
   if(id==CHARTEVENT_OBJECT_CLICK && sparam==place.Prefix()+"fold")
     {
      ObjectSetInteger(0,sparam,OBJPROP_STATE,false);
      Fold();
     }
   if(id==CHARTEVENT_OBJECT_CLICK && sparam==place.Prefix()+"stop")
     {
      ObjectSetInteger(0,sparam,OBJPROP_STATE,false);
      if(stop.On())
         stop.Remove();
      else
         ResetStop();
      Keep();
      Show(true);
     }
   if((id==CHARTEVENT_OBJECT_DRAG || id==CHARTEVENT_OBJECT_CHANGE) && sparam==stop.Name())
     {
      Show();
      Keep();
     }
   if(id==CHARTEVENT_CHART_CHANGE)
      Show();
   if(id==CHARTEVENT_KEYDOWN && IsKey(InpKeyMinimise,lparam))
      Fold();
   if(id==CHARTEVENT_KEYDOWN && IsKey(InpKeyStop,lparam))
     {
      ResetStop();
      Keep();
      Show(true);
     }
  }
//+------------------------------------------------------------------+
