//+------------------------------------------------------------------+
//| CalendarFile.mqh - the terminal's calendar of news as a file for |
//| the assistant: BreadthAssistant\calendar.csv in the common       |
//| folder, as docs/funded-rules.md says ("News").                   |
//|                                                                  |
//| It asks the terminal and may wait for it: for a service, not for |
//| an indicator, which would hold up its charts.                    |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_CALENDAR_FILE_MQH
#define BREADTH_ASSISTANT_CALENDAR_FILE_MQH

#define CALENDAR_NAME   "BreadthAssistant\\calendar.csv"
#define CALENDAR_BEHIND 86400    // seconds: a window around news reaches back
#define CALENDAR_AHEAD  1209600  // seconds: two weeks
#define CALENDAR_EVERY  3600000  // milliseconds from one good file to the next
#define CALENDAR_AGAIN  60000    // milliseconds to the next try where one has failed
#define CALENDAR_TITLE  100      // characters

class CCalendarFile
  {
private:
   long              m_offset;   // seconds that the server's clock is ahead of UTC
   bool              m_looked;
   bool              m_good;     // the last try wrote a file
   ulong             m_at;       // milliseconds; when that was
   string            m_said;

   //--- two decimals of a number below 100
   string            Two(const long number) const { return(IntegerToString(number,2,'0')); }

   //--- 2026-12-04T13:30:00Z
   string            Instant(const long utc) const
     {
      string text=TimeToString((datetime)utc,TIME_DATE|TIME_SECONDS);
      StringReplace(text,".","-");
      StringReplace(text," ","T");
      return(text+"Z");
     }

   //--- for example UTC+03:00
   string            Zone(void) const
     {
      long minutes=(m_offset<0 ? -m_offset : m_offset)/60;
      return("UTC"+(m_offset<0 ? "-" : "+")+Two(minutes/60)+":"+Two(minutes%60));
     }

   //--- a name that keeps to its field and to its line
   string            Title(const string name) const
     {
      string text=(StringLen(name)>CALENDAR_TITLE) ? StringSubstr(name,0,CALENDAR_TITLE) : name;
      for(int i=0; i<StringLen(text); i++)
        {
         ushort one=StringGetCharacter(text,i);
         if(one<' ' || one==',' || one=='"' || one=='|' || one==127)
            StringSetCharacter(text,i,one=='"' ? '\'' : (one=='|' ? '/' : ' '));
        }
      StringTrimLeft(text);
      StringTrimRight(text);
      return(text);
     }

   string            Impact(const ENUM_CALENDAR_EVENT_IMPORTANCE importance) const
     {
      switch(importance)
        {
         case CALENDAR_IMPORTANCE_NONE:
            return("none");
         case CALENDAR_IMPORTANCE_LOW:
            return("low");
         case CALENDAR_IMPORTANCE_MODERATE:
            return("medium");
         default:
            return("high");
        }
     }

   //--- whether the terminal told of its error; what the calendar does not have at all is none
   bool              Failed(const string what,string &why) const
     {
      int error=GetLastError();
      if(error==ERR_CALENDAR_NO_DATA)
         return(false);
      why=what+" cannot be read (error "+IntegerToString(error)+")";
      return(true);
     }

   //--- three letters; ALL, which concerns every symbol, where the country is not known
   bool              Currency(const MqlCalendarEvent &event,string &currency,string &why) const
     {
      MqlCalendarCountry country;
      ResetLastError();
      currency="ALL";
      if(!CalendarCountryById((long)event.country_id,country))
         return(!Failed("the calendar's country "+IntegerToString((long)event.country_id),why));
      string letters=country.currency;
      StringToUpper(letters);
      for(int i=0; i<StringLen(letters); i++)
         if(StringGetCharacter(letters,i)<'A' || StringGetCharacter(letters,i)>'Z')
            return(true);
      if(StringLen(letters)==3)
         currency=letters;
      return(true);
     }

   //--- one release as a line; as a comment where its hour is not known, and nothing where it is of no weight then.
   //--- An event that the calendar no longer knows counts as high and for all: one too many costs minutes
   bool              Line(const MqlCalendarValue &value,string &line,bool &timed,string &why) const
     {
      long utc=(long)value.time-m_offset;
      MqlCalendarEvent event;
      ResetLastError();
      line="";
      timed=true;
      if(!CalendarEventById(value.event_id,event))
        {
         if(Failed("the calendar's event "+IntegerToString((long)value.event_id),why))
            return(false);
         line=Instant(utc)+",ALL,high,event "+IntegerToString((long)value.event_id)+"\n";
         return(true);
        }
      string currency="";
      if(!Currency(event,currency,why))
         return(false);
      timed=(event.time_mode==CALENDAR_TIMEMODE_DATETIME);
      string rest=currency+","+Impact(event.importance)+","+Title(event.name)+"\n";
      if(timed)
         line=Instant(utc)+","+rest;
      else
         if(event.importance==CALENDAR_IMPORTANCE_HIGH)
            line="# without an hour, on "+TimeToString(value.time,TIME_DATE)+" of the server: "+rest;
      return(true);
     }

   //--- seconds that the server is ahead of UTC now, to a quarter of an hour: all times of the calendar are in that
   //--- zone, those beyond a change of the clocks, too
   bool              Measure(string &why)
     {
      if(TerminalInfoInteger(TERMINAL_CONNECTED)==0)
        {
         why="the terminal is not connected";
         return(false);
        }
      long apart=(long)TimeTradeServer()-(long)TimeGMT();
      long offset=900*(long)MathRound((double)apart/900.0);
      if(offset<-14*3600 || offset>14*3600 || apart-offset>300 || offset-apart>300)
        {
         why="the server's clock is "+IntegerToString(apart)+" s from UTC, which is no time zone: is the clock right?";
         return(false);
        }
      m_offset=offset;
      return(true);
     }

   //--- the whole file; false, with the reason, where the calendar does not tell
   bool              Content(string &text,int &count,string &why) const
     {
      long utc=(long)TimeGMT();
      MqlCalendarValue values[];
      ResetLastError();
      int found=CalendarValueHistory(values,(datetime)(utc+m_offset-CALENDAR_BEHIND),
                                     (datetime)(utc+m_offset+CALENDAR_AHEAD));
      int error=GetLastError();
      // a part of the calendar is no calendar
      bool part=(error==ERR_CALENDAR_MORE_DATA || error==ERR_CALENDAR_TIMEOUT);
      if(found<0 || part)
         why="the calendar cannot be read (error "+IntegerToString(error)+")";
      if(found==0 && !part)
         why="the calendar is empty";
      if(found<=0 || part)
         return(false);
      count=0;
      text="# breadth-assistant calendar 1\n# of "+Title(AccountInfoString(ACCOUNT_SERVER))+", whose time is "+Zone()+
           "\ntime_utc,currency,impact,title\n";
      for(int i=0; i<found; i++)
        {
         string line="";
         bool timed=false;
         if(!Line(values[i],line,timed,why))
            return(false);
         text+=line;
         count+=timed ? 1 : 0;
        }
      text+="# as of "+Instant(utc)+"\n";
      why="the calendar has no release with an hour";
      return(count>0);
     }

   //--- beside its place first: whoever reads meanwhile has the old file or the new one
   bool              Put(const string text,string &why) const
     {
      uchar raw[];
      // without the zero behind a text
      int length=StringToCharArray(text,raw,0,WHOLE_ARRAY,CP_UTF8)-1;
      string beside=CALENDAR_NAME+".tmp";
      ResetLastError();
      int file=FileOpen(beside,FILE_WRITE|FILE_BIN|FILE_COMMON);
      uint written=0;
      if(file!=INVALID_HANDLE)
        {
         written=FileWriteArray(file,raw,0,length);
         FileClose(file);
        }
      if((long)written==(long)length && FileMove(beside,FILE_COMMON,CALENDAR_NAME,FILE_COMMON|FILE_REWRITE))
         return(true);
      why=CALENDAR_NAME+" cannot be written (error "+IntegerToString(GetLastError())+")";
      if(file!=INVALID_HANDLE)
         FileDelete(beside,FILE_COMMON);
      return(false);
     }

   //--- each failure once, until it is another or over
   void              Say(const string what)
     {
      if(what!=m_said)
         Print("Calendar: ",what);
      m_said=what;
     }

   bool              Due(const long offset_before) const
     {
      if(!m_looked)
         return(true);
      long since=(long)(GetTickCount64()-m_at);
      // the clocks were changed: what stands in the file was worked out with the zone of before
      return(since>=(m_good ? CALENDAR_EVERY : CALENDAR_AGAIN) || (m_good && m_offset!=offset_before));
     }

public:
                     CCalendarFile(void)
     {
      m_offset=0;
      m_looked=false;
      m_good=false;
      m_at=0;
      m_said="";
     }

   //--- call it every second: it writes the file once an hour, and keeps the old one where it cannot
   void              Look(void)
     {
      string text="";
      string why="";
      int count=0;
      long before=m_offset;
      bool told=Measure(why);
      if(!Due(before))
         return;
      m_looked=true;
      m_at=GetTickCount64();
      m_good=(told && Content(text,count,why) && Put(text,why));
      if(m_good)
         Say(IntegerToString(count)+" releases of the next two weeks, by "+Zone());
      else
         Say(why+"; the file is as it was, and I try again in a minute");
     }
  };

#endif
//+------------------------------------------------------------------+
