//+------------------------------------------------------------------+
//| AdviceFeed.mqh - the last good advice, and its state             |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_ADVICE_FEED_MQH
#define BREADTH_ASSISTANT_ADVICE_FEED_MQH

#include "AdviceFile.mqh"

#define ADVICE_POLL_MS 200  // the file is read no more often
#define ADVICE_AHEAD   10   // seconds by which UTC may be later than the computer's clock

enum ENUM_ADVICE_STATE
  {
   ADVICE_LIVE,     // of this account, whole, and not expired
   ADVICE_STALE,    // expired, or stamped in the future
   ADVICE_MISSING,  // no file
   ADVICE_CORRUPT,  // torn, changed, or of another version
   ADVICE_FOREIGN   // of another account
  };

//+------------------------------------------------------------------+
//| The last good advice, and whether it may still be followed       |
//+------------------------------------------------------------------+
class CAdviceFeed
  {
protected:
   AdviceData        m_slot[2];        // the good advice, and room to read the next one into
   int               m_at;             // the slot of the good one

   //--- whether there is a good advice, of the account that the terminal is logged in to
   bool              Own(void) const { return(m_have && OwnAccount(m_slot[m_at].header)); }

private:
   CAdviceReader     m_reader;
   bool              m_have;           // there is a good one
   ulong             m_changed;        // milliseconds; when SEQ last changed
   bool              m_polled;
   ulong             m_poll;           // milliseconds; when the file was last read
   ENUM_ADVICE_STATE m_read;           // what the last reading found; LIVE: a good advice
   string            m_why;            // the same in words; empty where it is LIVE
   uchar             m_raw[];          // the bytes that were read last
   int               m_size;           // how many; -1: what was found does not follow from them alone
   long              m_revision;       // changes with what is known

   //--- keeps what is known and says what the last reading found
   void              Found(const ENUM_ADVICE_STATE read,const string why)
     {
      if(read!=m_read || why!=m_why || read==ADVICE_LIVE)
         m_revision++;
      m_read=read;
      m_why=why;
      m_size=-1;
     }

   //--- whether the bytes are those of the last reading: then there is nothing to parse, and only the age goes on
   bool              Same(const uchar &raw[],const int size) const
     {
      return(size==m_size && ArrayCompare(raw,m_raw,0,0,size)==0);
     }

   //--- reads the whole file, and judges what it holds
   void              Parse(uchar &raw[],const int size)
     {
      string why="";
      if(m_reader.Read(raw,size,m_slot[1-m_at],why))
         Judge();
      else
         Found(ADVICE_CORRUPT,why);
      // a foreign file, and one of the future, may be good later as they are
      if(m_read!=ADVICE_LIVE && m_read!=ADVICE_CORRUPT)
         return;
      ArraySwap(m_raw,raw);
      m_size=size;
     }

   //--- a server's name as the file writes it: `|` has become `/`, and beyond 60 characters it is cut
   bool              SameServer(const string written) const
     {
      string own=AccountInfoString(ACCOUNT_SERVER);
      StringReplace(own,"|","/");
      if(StringLen(own)>60)
         own=StringSubstr(own,0,59)+ShortToString(0x2026);
      return(own==written);
     }

   bool              OwnAccount(const AdviceHeader &header) const
     {
      return(header.login==AccountInfoInteger(ACCOUNT_LOGIN) && SameServer(header.server));
     }

   bool              Ahead(const long utc) const { return(utc-(long)TimeGMT()>ADVICE_AHEAD); }

   //--- reads the file into the free slot; what it finds is in m_read and m_why
   void              Read(void)
     {
      if(MQLInfoInteger(MQL_TESTER)!=0)
        {
         Found(ADVICE_MISSING,"the strategy tester has no advice");
         return;
        }
      long login=AccountInfoInteger(ACCOUNT_LOGIN);
      if(login==0)
        {
         Found(ADVICE_MISSING,"the terminal is not logged in");
         return;
        }
      string name="BreadthAssistant\\advice_"+IntegerToString(login)+".txt";
      ResetLastError();
      int file=FileOpen(name,FILE_READ|FILE_BIN|FILE_SHARE_READ|FILE_SHARE_WRITE|FILE_COMMON);
      if(file==INVALID_HANDLE)
        {
         string number=IntegerToString(GetLastError());
         Found(ADVICE_MISSING,"no file for account "+IntegerToString(login)+" (error "+number+")");
         return;
        }
      uchar raw[];
      ulong length=FileSize(file);
      uint got=0;
      if(length>0 && length<ADVICE_SIZE_LIMIT)
         got=FileReadArray(file,raw,0,(int)length);
      FileClose(file);
      if(got==0 || (ulong)got!=length)
         Found(ADVICE_CORRUPT,IntegerToString((long)got)+" of its "+IntegerToString((long)length)+" bytes were read");
      else
         if(!Same(raw,(int)got))
            Parse(raw,(int)got);
     }

   //--- takes the whole advice in the free slot, unless it is of another account or of the future
   void              Judge(void)
     {
      int read=1-m_at;
      if(!OwnAccount(m_slot[read].header))
        {
         string login=IntegerToString(m_slot[read].header.login);
         Found(ADVICE_FOREIGN,"the file is for account "+login+" at "+m_slot[read].header.server);
         return;
        }
      if(Ahead(m_slot[read].header.utc))
        {
         string seconds=IntegerToString(m_slot[read].header.utc-(long)TimeGMT());
         Found(ADVICE_STALE,"it is stamped "+seconds+" s in the future: a clock was changed");
         return;
        }
      if(!m_have || m_slot[read].header.seq!=m_slot[m_at].header.seq)
         m_changed=GetTickCount64();
      m_at=read;
      m_have=true;
      Found(ADVICE_LIVE,"");
     }

public:
                     CAdviceFeed(void)
     {
      m_at=0;
      m_have=false;
      m_changed=0;
      m_polled=false;
      m_poll=0;
      m_read=ADVICE_MISSING;
      m_why="it was not looked for yet";
      m_size=-1;
      m_revision=0;
     }

   //--- reads the file, at most every 200 ms; whether the advice is LIVE
   bool              Poll(void)
     {
      ulong now=GetTickCount64();
      if(!m_polled || now-m_poll>=ADVICE_POLL_MS)
        {
         m_polled=true;
         m_poll=now;
         if(m_have && !OwnAccount(m_slot[m_at].header))
           {
            m_have=false; // it is of an account that the terminal has left
            m_size=-1;
           }
         Read();
        }
      return(State()==ADVICE_LIVE);
     }

   //--- another number wherever another reading may have changed what is known; the age and State() go on without
   long              Revision(void) const { return(m_revision); }

   //--- milliseconds since the facts had been read, or since SEQ last changed, whichever is more; -1: no advice
   long              AgeMs(void) const
     {
      if(!m_have)
         return(-1);
      long by_clock=1000*((long)TimeGMT()-m_slot[m_at].header.utc);
      long by_seq=(long)(GetTickCount64()-m_changed);
      return(by_clock>by_seq ? by_clock : by_seq);
     }

   //--- the same in whole seconds
   long              Age(void) const { return(m_have ? AgeMs()/1000 : -1); }

   //--- one bad reading does not end a good advice within its time to live: the file may just be replaced
   ENUM_ADVICE_STATE State(void) const
     {
      if(m_read==ADVICE_FOREIGN || m_read==ADVICE_STALE || !m_have)
         return(m_read);
      if(!OwnAccount(m_slot[m_at].header))
         return(ADVICE_FOREIGN);
      if(AgeMs()<=1000*m_slot[m_at].header.ttl && !Ahead(m_slot[m_at].header.utc))
         return(ADVICE_LIVE);
      return(m_read==ADVICE_LIVE ? ADVICE_STALE : m_read);
     }

   string            StateName(void) const
     {
      switch(State())
        {
         case ADVICE_LIVE:
            return("LIVE");
         case ADVICE_STALE:
            return("STALE");
         case ADVICE_MISSING:
            return("MISSING");
         case ADVICE_CORRUPT:
            return("CORRUPT");
         default:
            return("FOREIGN ACCOUNT");
        }
     }

   //--- why the state is what it is, in words; empty while LIVE
   string            StateReason(void) const
     {
      ENUM_ADVICE_STATE state=State();
      if(state==ADVICE_LIVE)
         return("");
      if(state==ADVICE_FOREIGN && m_read!=ADVICE_FOREIGN)
         return("the terminal has changed to another account");
      if(m_read!=ADVICE_LIVE)
         return(m_why);
      if(Ahead(m_slot[m_at].header.utc))
         return("it is stamped in the future: a clock was changed");
      return("the assistant has written nothing new for "+IntegerToString(Age())+" s");
     }

   //--- for example "STALE, 12 s old: the assistant has written nothing new for 12 s"
   string            StateLine(void) const
     {
      string line=StateName();
      if(m_have)
         line+=", "+IntegerToString(Age())+" s old";
      return(State()==ADVICE_LIVE ? line : line+": "+StateReason());
     }

   //--- what the good advice holds, however old it is: ask State() whether to show it as valid
   bool              Have(void) const      { return(m_have); }
   void              Header(AdviceHeader &to) const { to=m_slot[m_at].header; }
   int               Points(void) const    { return(m_have ? ArraySize(m_slot[m_at].points) : 0); }
   int               Votes(void) const     { return(m_have ? ArraySize(m_slot[m_at].votes) : 0); }
   int               Symbols(void) const   { return(m_have ? ArraySize(m_slot[m_at].symbols) : 0); }
   int               Positions(void) const { return(m_have ? ArraySize(m_slot[m_at].positions) : 0); }
   int               Floors(void) const    { return(m_have ? ArraySize(m_slot[m_at].floors) : 0); }
   int               News(void) const      { return(m_have ? ArraySize(m_slot[m_at].news) : 0); }
   int               Alerts(void) const    { return(m_have ? ArraySize(m_slot[m_at].alerts) : 0); }

   //--- where a symbol stands; -1: there is no advice for it
   int               SymbolIndex(const string symbol) const
     {
      if(Own())
         for(int i=0; i<ArraySize(m_slot[m_at].symbols); i++)
            if(m_slot[m_at].symbols[i].name==symbol)
               return(i);
      return(-1);
     }

   //--- the name of the symbol that stands there; empty: there is none
   string            NameAt(const int at) const
     {
      return(at<0 || at>=Symbols() ? "" : m_slot[m_at].symbols[at].name);
     }

   //--- one of them each; false, and `to` untouched, where there is none at that place
   bool              PointAt(const int at,double &to) const
     {
      if(at<0 || at>=Points())
         return(false);
      to=m_slot[m_at].points[at];
      return(true);
     }

   bool              VoteAt(const int at,AdviceVote &to) const
     {
      if(at<0 || at>=Votes())
         return(false);
      to=m_slot[m_at].votes[at];
      return(true);
     }

   bool              SymbolAt(const int at,AdviceSymbol &to) const
     {
      if(at<0 || at>=Symbols())
         return(false);
      to=m_slot[m_at].symbols[at];
      return(true);
     }

   bool              PositionAt(const int at,AdvicePosition &to) const
     {
      if(at<0 || at>=Positions())
         return(false);
      to=m_slot[m_at].positions[at];
      return(true);
     }

   bool              FloorAt(const int at,AdviceFloor &to) const
     {
      if(at<0 || at>=Floors())
         return(false);
      to=m_slot[m_at].floors[at];
      return(true);
     }

   bool              NewsAt(const int at,AdviceNews &to) const
     {
      if(at<0 || at>=News())
         return(false);
      to=m_slot[m_at].news[at];
      return(true);
     }

   bool              AlertAt(const int at,AdviceAlert &to) const
     {
      if(at<0 || at>=Alerts())
         return(false);
      to=m_slot[m_at].alerts[at];
      return(true);
     }
  };

#endif
//+------------------------------------------------------------------+
