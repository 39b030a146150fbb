//+------------------------------------------------------------------+
//| PanelAlerts.mqh - says what has changed, once in a terminal      |
//| The assistant's alerts stand in the file, each under an id of its|
//| own; that there is no good file is the panel's own alert. Panels |
//| run on many charts: what was said stands in terminal global      |
//| variables, BA.said.<login>.<what> and BA.told.<login>.<id's sum>;|
//| the one panel that changes the variable is the one that speaks.  |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_ALERTS_MQH
#define BREADTH_ASSISTANT_PANEL_ALERTS_MQH

#include "Advice.mqh"

#define PANEL_CODES        1048576  // an instant times this, and a code below it, is exact in a double
#define PANEL_SETTLED      10       // seconds: LIVE or not is said no more often
#define PANEL_PHONE_EVERY  6100     // milliseconds: MetaQuotes allows 10 notifications a minute
#define PANEL_PHONE_LIMIT  255      // characters of a notification
#define PANEL_PHONE        "BA.said.phone"
#define PANEL_TOLD         "BA.told."
#define PANEL_TOLD_KEPT    7200     // seconds; an alert stands in the file for minutes, and clocks change by an hour

class CPanelAlerts
  {
private:
   CAdviceCrc        m_crc;
   bool              m_window;   // show the terminal's alert window, which has its own sound
   string            m_sound;    // file to play where there is no window; empty: none
   bool              m_phone;
   string            m_waiting;  // what the phone is still to get, alarms first
   bool              m_reached;  // the last notification went out

   uint              Sum(const string text) const
     {
      uchar raw[];
      int count=StringToCharArray(text,raw,0,-1,CP_UTF8);
      return(m_crc.Of(raw,MathMax(count,0)));
     }

   double            Code(const string text,const long at) const
     {
      return((double)at*PANEL_CODES+(double)(1+Sum(text)%(PANEL_CODES-1)));
     }

   //--- whether this panel is the one to say that `text` is new at an instant (epoch seconds). What was seen
   //--- `settled` seconds or less after the last change is not: another panel may still be one file behind
   bool              Claim(const string what,const string text,const long at,const int settled) const
     {
      string name="BA.said."+IntegerToString(AccountInfoInteger(ACCOUNT_LOGIN))+"."+what;
      double now=Code(text,at);
      if(!GlobalVariableCheck(name))
         GlobalVariableTemp(name);
      double said=GlobalVariableGet(name);
      if(said==0.0) // the first look in this terminal
        {
         GlobalVariableSetOnCondition(name,now,0.0);
         return(false);
        }
      double said_at=MathFloor(said/PANEL_CODES);
      if(said-said_at*PANEL_CODES==now-(double)at*PANEL_CODES)
         return(false);
      // an instant far ahead was written before the clock was put right
      bool ahead=(said_at>(double)(long)TimeGMT()+60.0);
      if(!ahead && (double)at<=said_at+(double)settled)
         return(false);
      return(GlobalVariableSetOnCondition(name,now,said));
     }

   void              Say(const string text,const string level)
     {
      string line="Breadth Assistant "+IntegerToString(AccountInfoInteger(ACCOUNT_LOGIN))+
                  (level=="alarm" ? " ALARM: " : ": ")+text;
      if(m_window)
         Alert(line);
      else
        {
         Print(line);
         if(m_sound!="")
            PlaySound(m_sound);
        }
      if(!m_phone)
         return;
      if(m_waiting!="" && level=="alarm")
         m_waiting=line+"; "+m_waiting;
      else
         m_waiting+=(m_waiting=="" ? line : "; "+text);
     }

   //--- sends what waits as one notification, unless any panel has sent one a moment ago; what fails is tried again
   void              Phone(void)
     {
      if(m_waiting=="" || TerminalInfoInteger(TERMINAL_NOTIFICATIONS_ENABLED)==0)
         return;
      double now=(double)GetTickCount64();
      if(!GlobalVariableCheck(PANEL_PHONE))
         GlobalVariableTemp(PANEL_PHONE);
      double last=GlobalVariableGet(PANEL_PHONE);
      if(last>0.0 && now>=last && now<last+PANEL_PHONE_EVERY)
         return;
      if(!GlobalVariableSetOnCondition(PANEL_PHONE,now,last))
         return;
      if(StringLen(m_waiting)>PANEL_PHONE_LIMIT)
         m_waiting=StringSubstr(m_waiting,0,PANEL_PHONE_LIMIT-3)+"...";
      bool reached=SendNotification(m_waiting);
      if(!reached && m_reached)
         Print("Breadth Assistant: the phone was not reached, error ",GetLastError());
      m_reached=reached;
      if(reached)
         m_waiting="";
     }

   //--- whether this panel is the one to say an alert of the file: each id once in a terminal
   bool              First(const string id) const
     {
      string name=PANEL_TOLD+IntegerToString(AccountInfoInteger(ACCOUNT_LOGIN))+"."+StringFormat("%08x",Sum(id));
      if(!GlobalVariableCheck(name))
         GlobalVariableTemp(name);
      return(GlobalVariableSetOnCondition(name,1.0,0.0));
     }

   //--- what the assistant says has changed: the stance, floors, positions and more, each as it decides
   void              Told(const CAdvice &advice)
     {
      AdviceAlert one;
      for(int i=0; advice.AlertAt(i,one); i++)
         if(First(one.id))
           {
            Say(one.text,one.level);
            GlobalVariablesDeleteAll(PANEL_TOLD,TimeLocal()-PANEL_TOLD_KEPT);
           }
     }

public:
                     CPanelAlerts(void)
     {
      m_window=true;
      m_sound="";
      m_phone=false;
      m_waiting="";
      m_reached=true;
     }

   void              Ways(const bool window,const string sound,const bool phone)
     {
      m_window=window;
      m_sound=sound;
      m_phone=phone;
     }

   //--- call it after each Poll()
   void              Look(const CAdvice &advice)
     {
      bool live=(advice.State()==ADVICE_LIVE);
      if(Claim("state",live ? "LIVE" : "not LIVE",(long)TimeGMT(),PANEL_SETTLED))
        {
         if(live)
            Say("the advice is LIVE again","info");
         else
            Say(advice.StateLine()+"; no new risk","alarm");
        }
      if(live)
         Told(advice);
      Phone();
     }
  };

#endif
//+------------------------------------------------------------------+
