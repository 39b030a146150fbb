//+------------------------------------------------------------------+
//| PanelWords.mqh - facts of an advice as the panel writes them     |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_WORDS_MQH
#define BREADTH_ASSISTANT_PANEL_WORDS_MQH

#include "Advice.mqh"

//--- decimals that a step of the volume has: all lots of a symbol are written with as many
int PanelDecimals(const double step)
  {
   int digits=0;
   while(digits<8 && MathAbs(step-NormalizeDouble(step,digits))>0.000000001)
      digits++;
   return(digits);
  }

//--- a time from now on: 3:20:09, or 2 d 14:05
string PanelUntil(const long seconds)
  {
   if(seconds<=0)
      return("now");
   long days=seconds/86400;
   long hours=(seconds/3600)%24;
   long minutes=(seconds/60)%60;
   if(days>0)
      return(StringFormat("%I64d d %02I64d:%02I64d",days,hours,minutes));
   return(StringFormat("%I64d:%02I64d:%02I64d",hours,minutes,seconds%60));
  }

//--- a time until a release: 25 min, 3 h 5 min, 2 d 4 h; begun minutes count, so that it is never over before its time
string PanelWait(const long seconds)
  {
   long minutes=(seconds+59)/60;
   if(minutes<60)
      return(IntegerToString(minutes)+" min");
   if(minutes<1440)
      return(IntegerToString(minutes/60)+" h "+IntegerToString(minutes%60)+" min");
   return(IntegerToString(minutes/1440)+" d "+IntegerToString((minutes%1440)/60)+" h");
  }

//--- for example "2026.12.04 13:30 UTC  USD high  Nonfarm Payrolls"
string PanelRelease(const AdviceNews &news)
  {
   return(TimeToString((datetime)news.utc,TIME_DATE|TIME_MINUTES)+" UTC  "+news.currency+" "+news.impact+"  "+news.title);
  }

//--- for example "open, closes in 4:20:10"
string PanelSession(const AdviceHeader &header,const long now)
  {
   if(header.session_next==0)
      return(header.session);
   bool within=(header.session=="open" || header.session=="edge" || header.session=="halted");
   return(header.session+(within ? ", closes in " : ", opens in ")+PanelUntil(header.session_next-now));
  }

//--- RISK_ON -> RISK ON
string PanelStance(const string stance)
  {
   string words=stance;
   StringReplace(words,"_"," ");
   return(words);
  }

//--- what is behind LIVE: paper, replay, and what the rules of a funded account do
string PanelMode(const AdviceHeader &header)
  {
   string mode=header.mode;
   if(header.funded_mode=="dry_run")
      mode+=", dry run";
   if(header.funded_mode=="enforce")
      mode+=", rules enforced";
   return(mode);
  }

//--- the names of the votes that are for risk (1), against it (-1) or neither (0), or are silent
string PanelVotes(const CAdvice &advice,const int value,const bool silent)
  {
   string names="";
   AdviceVote vote;
   for(int i=0; advice.VoteAt(i,vote); i++)
      if(vote.silent==silent && vote.value==value)
         names+=(names=="" ? "" : ", ")+vote.name;
   return(names);
  }

//--- the reasons of the same, one a line
string PanelReasons(const CAdvice &advice,const int value,const bool silent)
  {
   string reasons="";
   AdviceVote vote;
   for(int i=0; advice.VoteAt(i,vote); i++)
      if(vote.silent==silent && vote.value==value)
         reasons+=(reasons=="" ? "" : "\n")+vote.name+": "+vote.reason;
   return(reasons);
  }

//--- the first line of a text that is broken between words before `most` characters; the rest is in `text`
string PanelLine(string &text,const int most)
  {
   string line=text;
   if(StringLen(text)<=most)
     {
      text="";
      return(line);
     }
   int at=most;
   while(at>0 && StringGetCharacter(text,at)!=' ')
      at--;
   if(at==0)
      at=most;
   line=StringSubstr(text,0,at);
   text=StringSubstr(text,at);
   StringTrimLeft(text);
   return(line);
  }

#endif
//+------------------------------------------------------------------+
