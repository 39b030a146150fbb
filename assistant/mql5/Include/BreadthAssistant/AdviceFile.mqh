//+------------------------------------------------------------------+
//| AdviceFile.mqh - bytes of the panel file -> AdviceData           |
//| Either the whole file is good, or nothing of it is used.         |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_ADVICE_FILE_MQH
#define BREADTH_ASSISTANT_ADVICE_FILE_MQH

#include "AdviceData.mqh"
#include "AdviceLine.mqh"

#define ADVICE_MAGIC      "BREADTH-ADVICE|1"
#define ADVICE_SIZE_LIMIT 64000  // bytes; a whole file is smaller

//--- the lines that stand once, in their order
const string ADVICE_ONCE[]=
  {
   "SEQ","UTC","TTL","LOGIN","SERVER","MODE","SESSION","REGIME","RATIO","SHARE"
  };

//+------------------------------------------------------------------+
//| The CRC-32 of zlib and PNG, by a table of the 256 bytes          |
//+------------------------------------------------------------------+
class CAdviceCrc
  {
private:
   uint              m_table[256];

public:
                     CAdviceCrc(void)
     {
      for(uint i=0; i<256; i++)
        {
         uint crc=i;
         for(int k=0; k<8; k++)
            crc=((crc & 1)!=0) ? ((crc>>1)^0xEDB88320) : (crc>>1);
         m_table[i]=crc;
        }
     }

   //--- of the first bytes of an array
   uint              Of(const uchar &raw[],const int count) const
     {
      uint crc=0xFFFFFFFF;
      for(int i=0; i<count; i++)
         crc=(crc>>8)^m_table[(crc^(uint)raw[i]) & 0xFF];
      return(crc^0xFFFFFFFF);
     }
  };

//+------------------------------------------------------------------+
//| Verifies the last line, then reads line by line                  |
//+------------------------------------------------------------------+
class CAdviceReader
  {
private:
   CAdviceCrc        m_crc;
   CAdviceLine       m_line;
   int               m_once;   // lines of ADVICE_ONCE that have been read
   int               m_sides;  // sides of the last symbol that have been read

   bool              Once(const string tag,AdviceData &to)
     {
      if(m_once>=ArraySize(ADVICE_ONCE) || tag!=ADVICE_ONCE[m_once])
         return(false);
      m_once++;
      if(tag=="SEQ" && m_line.Has(1))
         to.header.seq=m_line.Count(1);
      if(tag=="UTC" && m_line.Has(1))
         to.header.utc=m_line.Count(1);
      if(tag=="TTL" && m_line.Has(1))
         to.header.ttl=m_line.Count(1);
      if(tag=="LOGIN" && m_line.Has(1))
         to.header.login=m_line.Count(1);
      if(tag=="SERVER" && m_line.Has(1))
         to.header.server=m_line.Text(1);
      if(tag=="MODE" && m_line.Has(2))
        {
         to.header.mode=m_line.OneOf(1,"|live|paper|replay|");
         to.header.funded_mode=m_line.OneOf(2,"|off|dry_run|enforce|");
        }
      if(tag=="SESSION" && m_line.Has(2))
        {
         to.header.session=m_line.OneOf(1,"|pre|open|edge|closed|holiday|halted|");
         to.header.session_next=m_line.MaybeCount(2);
        }
      if(tag=="REGIME" && m_line.Has(4))
        {
         to.header.stance=m_line.OneOf(1,"|RISK_ON|NEUTRAL|RISK_OFF|UNKNOWN|");
         to.header.since=m_line.Text(2);
         to.header.sessions=m_line.Count(3);
         to.header.flags=m_line.Text(4);
        }
      if(tag=="RATIO" && m_line.Has(3))
         Ratio(to);
      if(tag=="SHARE" && m_line.Has(2))
        {
         to.header.share=m_line.Amount(1);
         to.header.share_name=m_line.Text(2);
        }
      return(m_line.Good());
     }

   void              Ratio(AdviceData &to)
     {
      m_line.MaybeNumber(1,to.header.ratio);
      m_line.MaybeNumber(2,to.header.average);
      if(m_line.Empty(3))
         return;
      // the points are fields of a line of their own, with another separator
      string points[];
      int count=AdviceCut(m_line.Text(3),",",points);
      ArrayResize(to.points,count);
      CAdviceLine point;
      for(int i=0; i<count; i++)
        {
         point.Cut(points[i]);
         to.points[i]=point.Number(0);
         if(!point.Good())
            m_line.Spoil();
        }
     }

   bool              Vote(AdviceData &to)
     {
      if(!m_line.Has(4))
         return(false);
      AdviceVote one;
      one.name=m_line.Word(1);
      string value=m_line.OneOf(2,"|1|-1|0|A|");
      one.silent=(value=="A");
      one.value=(value=="1") ? 1 : ((value=="-1") ? -1 : 0);
      m_line.MaybeNumber(3,one.number);
      one.reason=m_line.Text(4);
      int count=ArraySize(to.votes);
      ArrayResize(to.votes,count+1,8);
      to.votes[count]=one;
      return(m_line.Good());
     }

   bool              Symbol(AdviceData &to)
     {
      int count=ArraySize(to.symbols);
      if(!m_line.Has(8) || (count>0 && m_sides!=2))
         return(false);
      AdviceSymbol one;
      one.name=m_line.Word(1);
      one.role=m_line.OneOf(2,"|risk_on|defensive|neutral|");
      one.digits=(int)m_line.Count(3);
      one.volume_min=m_line.Positive(4);
      one.volume_step=m_line.Positive(5);
      m_line.MaybeNumber(6,one.min_stop);
      m_line.MaybeNumber(7,one.default_stop);
      one.quoted=!m_line.Empty(8);
      one.age_ms=m_line.MaybeCount(8);
      ArrayResize(to.symbols,count+1,16);
      to.symbols[count]=one;
      m_sides=0;
      return(m_line.Good());
     }

   //--- whether the line belongs to the symbol that was read last
   bool              OfLast(const AdviceData &to)
     {
      int count=ArraySize(to.symbols);
      return(count>0 && to.symbols[count-1].name==m_line.Text(1));
     }

   bool              Side(AdviceData &to)
     {
      if(!m_line.Has(14) || !OfLast(to))
         return(false);
      string letter=m_line.OneOf(2,(m_sides==0) ? "|B|" : "|S|");
      AdviceSide one;
      m_line.MaybeNumber(3,one.money);
      one.money_name=m_line.Text(4);
      if(one.money.known)
        {
         one.loss_per_unit=m_line.Amount(5);
         one.cost_per_lot=m_line.Amount(6);
         one.floor_loss_per_lot=m_line.Amount(7);
        }
      one.lots_cap=m_line.Number(8);
      one.lots_cap_name=m_line.Text(9);
      one.lots=m_line.Amount(10);
      one.binding=m_line.Text(11);
      one.reason=m_line.Text(12);
      m_line.MaybeNumber(13,one.would_lots);
      one.would_name=m_line.Text(14);
      int at=ArraySize(to.symbols)-1;
      if(letter=="B")
         to.symbols[at].buy=one;
      else
         to.symbols[at].sell=one;
      m_sides++;
      return(m_line.Good());
     }

   bool              Position(AdviceData &to)
     {
      if(!m_line.Has(4) || !OfLast(to) || m_sides!=2)
         return(false);
      AdvicePosition one;
      one.symbol=m_line.Text(1);
      one.side=(m_line.OneOf(2,"|B|S|")=="B") ? ADVICE_BUY : ADVICE_SELL;
      one.lots=m_line.Amount(3);
      m_line.MaybeNumber(4,one.cap);
      int count=ArraySize(to.positions);
      ArrayResize(to.positions,count+1,16);
      to.positions[count]=one;
      return(m_line.Good());
     }

   bool              Floor(AdviceData &to)
     {
      if(!m_line.Has(6))
         return(false);
      AdviceFloor one;
      one.name=m_line.Word(1);
      m_line.MaybeNumber(2,one.level);
      m_line.MaybeNumber(3,one.headroom);
      m_line.MaybeNumber(4,one.after_reset);
      one.reset=m_line.MaybeCount(5);
      one.status=m_line.Word(6);
      if(!one.level.known || !one.headroom.known)
         return(false);
      int count=ArraySize(to.floors);
      ArrayResize(to.floors,count+1,8);
      to.floors[count]=one;
      return(m_line.Good());
     }

   bool              News(AdviceData &to)
     {
      if(!m_line.Has(4))
         return(false);
      AdviceNews one;
      one.utc=m_line.Count(1);
      one.currency=m_line.Text(2);
      one.impact=m_line.Text(3);
      one.title=m_line.Text(4);
      int count=ArraySize(to.news);
      ArrayResize(to.news,count+1,4);
      to.news[count]=one;
      return(m_line.Good());
     }

   bool              Told(AdviceData &to)
     {
      if(!m_line.Has(3))
         return(false);
      AdviceAlert one;
      one.id=m_line.Word(1);
      one.level=m_line.Text(2);
      one.text=m_line.Text(3);
      int count=ArraySize(to.alerts);
      ArrayResize(to.alerts,count+1,8);
      to.alerts[count]=one;
      return(m_line.Good());
     }

   bool              Known(const string tag) const
     {
      for(int i=0; i<ArraySize(ADVICE_ONCE); i++)
         if(tag==ADVICE_ONCE[i])
            return(true);
      return(false);
     }

   //--- reads the line that was cut; false where it is bad or out of place
   bool              Take(AdviceData &to)
     {
      string tag=m_line.Tag();
      if(Known(tag))
         return(Once(tag,to));
      bool begun=(m_once==ArraySize(ADVICE_ONCE));
      if(tag=="VOTE")
         return(begun && Vote(to));
      if(tag=="SYM")
         return(begun && Symbol(to));
      if(tag=="SIDE")
         return(begun && Side(to));
      if(tag=="POS")
         return(begun && Position(to));
      if(tag=="FLOOR")
         return(begun && Floor(to));
      if(tag=="NEWS")
         return(begun && News(to));
      if(tag=="ALERT")
         return(begun && Told(to));
      return(true);
     }

   //--- the number of bytes before the END line; -1: torn or corrupt
   int               Verified(const uchar &raw[],const int size) const
     {
      if(size<2 || size>=ADVICE_SIZE_LIMIT || raw[size-1]!='\n')
         return(-1);
      int body=size-1;
      while(body>0 && raw[body-1]!='\n')
         body--;
      string end=CharArrayToString(raw,body,size-body,CP_UTF8);
      string begin="END|"+IntegerToString(body)+"|";
      if(body==0 || StringFind(end,begin)!=0)
         return(-1);
      return(end==begin+StringFormat("%08x",m_crc.Of(raw,body))+"\n" ? body : -1);
     }

   void              Clear(AdviceData &to) const
     {
      AdviceHeader header;
      to.header=header;
      ArrayResize(to.points,0);
      ArrayResize(to.votes,0);
      ArrayResize(to.symbols,0);
      ArrayResize(to.positions,0);
      ArrayResize(to.floors,0);
      ArrayResize(to.news,0);
      ArrayResize(to.alerts,0);
     }

public:
                     CAdviceReader(void)
     {
      m_once=0;
      m_sides=0;
     }

   //--- reads a whole file; where it returns false, `why` says why and `to` is not to be used
   bool              Read(const uchar &raw[],const int size,AdviceData &to,string &why)
     {
      int body=Verified(raw,size);
      if(body<0)
        {
         why="the file is torn or was changed";
         return(false);
        }
      string lines[];
      int count=AdviceCut(CharArrayToString(raw,0,body,CP_UTF8),"\n",lines);
      if(count<2 || lines[0]!=ADVICE_MAGIC)
        {
         why="the file is of another version of the assistant";
         return(false);
        }
      Clear(to);
      m_once=0;
      m_sides=0;
      for(int i=1; i<count-1; i++)
        {
         m_line.Cut(lines[i]);
         if(!Take(to))
           {
            why="line "+IntegerToString(i+1)+" ("+m_line.Tag()+") is not as expected";
            return(false);
           }
        }
      if(to.header.ttl<1 || m_once!=ArraySize(ADVICE_ONCE) || (ArraySize(to.symbols)>0 && m_sides!=2))
        {
         why="a line is missing, or the time to live is";
         return(false);
        }
      why="";
      return(true);
     }
  };

#endif
//+------------------------------------------------------------------+
