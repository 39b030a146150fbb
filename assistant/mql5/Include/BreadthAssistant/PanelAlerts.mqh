//+------------------------------------------------------------------+
//| PanelAlerts.mqh - says what has changed, once in a terminal      |
//| Panels run on many charts. What was said last stands in terminal |
//| global variables, BA.said.<login>.<what>; the one panel that     |
//| changes the variable is the one that speaks.                     |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_ALERTS_MQH
#define BREADTH_ASSISTANT_PANEL_ALERTS_MQH

#include "Advice.mqh"

#define PANEL_CODES        1048576  // an instant times this, and a code below it, is exact in a double
#define PANEL_SETTLED      10       // seconds: LIVE or not is said no more often
#define PANEL_PHONE_EVERY  6100     // milliseconds: MetaQuotes allows 10 notifications a minute
#define PANEL_PHONE_LIMIT  255      // characters of a notification
#define PANEL_PHONE        "BA.said.phone"

class CPanelAlerts
  {
private:
   CAdviceCrc        m_crc;
   bool              m_window;   // show the terminal's alert window, which has its own sound
   string            m_sound;    // file to play where there is no window; empty: none
   bool              m_phone;
   string            m_waiting;  // what the phone is still to get
   string            m_stance;   // as this panel saw it last
   string            m_floors;
   string            m_over;

   double            Code(const string text,const long at) const
     {
      uchar raw[];
      int count=StringToCharArray(text,raw,0,-1,CP_UTF8);
      uint sum=m_crc.Of(raw,MathMax(count,0));
      return((double)at*PANEL_CODES+(double)(1+sum%(PANEL_CODES-1)));
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

   void              Say(const string text)
     {
      string line="Breadth Assistant "+IntegerToString(AccountInfoInteger(ACCOUNT_LOGIN))+": "+text;
      if(m_window)
         Alert(line);
      else
        {
         Print(line);
         if(m_sound!="")
            PlaySound(m_sound);
        }
      if(m_phone)
         m_waiting+=(m_waiting=="" ? line : "; "+text);
     }

   //--- sends what waits as one notification, unless any panel has sent one a moment ago
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
      if(!SendNotification(m_waiting))
         Print("Breadth Assistant: the phone was not reached, error ",GetLastError());
      m_waiting="";
     }

   void              Stance(const AdviceHeader &header)
     {
      string before=m_stance;
      m_stance=header.stance;
      if(!Claim("stance",header.stance,header.utc,0))
         return;
      string was=(before=="" || before==header.stance) ? "" : " (was "+before+")";
      Say("stance "+header.stance+was+", risk multiplier "+DoubleToString(header.share,2));
     }

   void              Floors(const CAdvice &advice,const long utc)
     {
      string before=m_floors;
      m_floors="|";
      string changed="";
      AdviceFloor one;
      for(int i=0; advice.FloorAt(i,one); i++)
        {
         string status=one.name+" is "+one.status;
         m_floors+=status+"|";
         if(StringFind(before,"|"+status+"|")>=0 || (before=="" && one.status=="green"))
            continue;
         changed+=(changed=="" ? "" : "; ")+status;
         if(one.headroom.known)
            changed+=", "+DoubleToString(one.headroom.value,2)+" left";
        }
      if(Claim("floors",m_floors,utc,0) && changed!="")
         Say(changed);
     }

   void              Over(const CAdvice &advice,const long utc)
     {
      string before=m_over;
      m_over="|";
      string fresh="";
      AdvicePosition one;
      for(int i=0; advice.PositionAt(i,one); i++)
        {
         if(!one.cap.known || one.lots<=one.cap.value+0.000000001)
            continue;
         string name=(one.side==ADVICE_BUY ? "long " : "short ")+one.symbol;
         m_over+=name+"|";
         if(StringFind(before,"|"+name+"|")<0)
            fresh+=(fresh=="" ? "" : "; ")+name+" "+DoubleToString(one.lots,2)+" lots, its cap is "+
                   DoubleToString(one.cap.value,2);
        }
      if(Claim("over",m_over,utc,0) && fresh!="")
         Say(fresh);
     }

public:
                     CPanelAlerts(void)
     {
      m_window=true;
      m_sound="";
      m_phone=false;
      m_waiting="";
      m_stance="";
      m_floors="";
      m_over="";
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
         Say(live ? "the advice is LIVE again" : advice.StateLine()+"; no new risk");
      if(live)
        {
         AdviceHeader header;
         advice.Header(header);
         Stance(header);
         Floors(advice,header.utc);
         Over(advice,header.utc);
        }
      Phone();
     }
  };

#endif
//+------------------------------------------------------------------+
