//+------------------------------------------------------------------+
//| PanelPlace.mqh - which of a chart's panels this one is, and what |
//| is kept for it. Names and settings go by the panel's number.     |
//| Of two panels with one number the one that came last has the     |
//| place, and the other rests: so it is, too, when a timeframe is   |
//| changed, where the old panel may go after the new one has come.  |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_PLACE_MQH
#define BREADTH_ASSISTANT_PANEL_PLACE_MQH

#include "AdviceGlobals.mqh"

#define PANEL_NAME    "BAPanel"
#define PANEL_NUMBERS 9     // panels on a chart at most
#define PANEL_REST    2000  // milliseconds after which a panel says that it rests

class CPanelPlace
  {
private:
   int               m_number;
   double            m_token;  // what the variable of the place holds while this panel has it
   ulong             m_since;  // milliseconds; since when it rests, 0: it does not
   bool              m_said;

   string            Kept(const int number,const string what) const
     {
      string of=(number>1) ? IntegerToString(number)+"." : "";
      return("BA.chart."+IntegerToString(ChartID())+"."+of+what);
     }

public:
                     CPanelPlace(void)
     {
      m_number=1;
      m_token=0.0;
      m_since=0;
      m_said=false;
     }

   void              Number(const int number) { m_number=number; }
   string            Behind(void) const       { return(m_number>1 ? IntegerToString(m_number) : ""); }
   string            Prefix(void) const       { return(PANEL_NAME+Behind()+"."); }
   string            Line(void) const         { return(PANEL_NAME+"Stop"+Behind()); }

   //--- the settings of this panel stand in terminal global variables
   string            Setting(const string what) const { return(Kept(m_number,what)); }

   double            Recalled(const string what,const double standard) const
     {
      return(GlobalVariableCheck(Setting(what)) ? GlobalVariableGet(Setting(what)) : standard);
     }

   //--- takes the place, whoever had it
   void              Take(void)
     {
      string name=Setting("panel");
      m_token=MathMax((double)GetTickCount64(),GlobalVariableGet(name)+1.0);
      if(!GlobalVariableCheck(name))
         GlobalVariableTemp(name);
      GlobalVariableSet(name,m_token);
     }

   //--- whether this panel has the place; it takes one that was left
   bool              Mine(void)
     {
      string name=Setting("panel");
      if(!GlobalVariableCheck(name))
         Take();
      bool mine=(GlobalVariableGet(name)==m_token);
      if(mine)
         m_since=0;
      else
         if(m_since==0)
            m_since=GetTickCount64();
      if(!mine && !m_said && GetTickCount64()-m_since>=PANEL_REST)
        {
         m_said=true;
         Alert("Breadth Assistant: this chart has two panels with number ",m_number,
               ". The one that came first rests: give one of them another number in its inputs, or remove it");
        }
      return(mine);
     }

   void              Leave(void) const { GlobalVariableDel(Setting("panel")); }

   //--- whether the chart has a panel with another number
   bool              Others(void) const
     {
      for(int i=1; i<=PANEL_NUMBERS; i++)
         if(i!=m_number && GlobalVariableCheck(Kept(i,"panel")))
            return(true);
      return(false);
     }
  };

#endif
//+------------------------------------------------------------------+
