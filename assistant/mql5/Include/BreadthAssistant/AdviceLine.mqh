//+------------------------------------------------------------------+
//| AdviceLine.mqh - one line of the panel file, field by field      |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_ADVICE_LINE_MQH
#define BREADTH_ASSISTANT_ADVICE_LINE_MQH

#include "AdviceData.mqh"

//+------------------------------------------------------------------+
//| Cuts at every separator; two in a row have an empty part between |
//| them. Not StringSplit: what it makes of an empty last part is    |
//| not documented.                                                  |
//+------------------------------------------------------------------+
int AdviceCut(const string text,const string separator,string &parts[])
  {
   int count=0;
   int from=0;
   int length=StringLen(text);
   while(true)
     {
      int to=StringFind(text,separator,from);
      if(to<0)
         to=length;
      ArrayResize(parts,count+1,16);
      // a length of 0 means "to the end" in MQL4, and from=length is no position
      parts[count]=(to>from) ? StringSubstr(text,from,to-from) : "";
      count++;
      if(to>=length)
         break;
      from=to+1;
      if(from>=length)
        {
         ArrayResize(parts,count+1,16);
         parts[count]="";
         count++;
         break;
        }
     }
   return(count);
  }

//+------------------------------------------------------------------+
//| One line, cut into its fields. A field of a wrong type makes the |
//| line bad; the value that is returned then is not to be used.     |
//+------------------------------------------------------------------+
class CAdviceLine
  {
private:
   string            m_fields[];
   int               m_count;
   bool              m_good;

   bool              Digits(const string text,const int from,const int to) const
     {
      for(int i=from; i<to; i++)
        {
         ushort one=StringGetCharacter(text,i);
         if(one<'0' || one>'9')
            return(false);
        }
      return(to>from);
     }

public:
                     CAdviceLine(void)
     {
      m_count=0;
      m_good=true;
     }

   void              Cut(const string line)
     {
      m_count=AdviceCut(line,"|",m_fields);
      m_good=true;
     }

   bool              Good(void) const { return(m_good); }
   void              Spoil(void)      { m_good=false; }
   string            Tag(void) const  { return(m_count>0 ? m_fields[0] : ""); }

   //--- whether the line has so many fields after its tag
   bool              Has(const int fields)
     {
      if(m_count!=fields+1)
         m_good=false;
      return(m_good);
     }

   bool              Empty(const int at) const { return(at>=m_count || m_fields[at]==""); }
   string            Text(const int at) const  { return(at<m_count ? m_fields[at] : ""); }

   //--- a text that must not be empty
   string            Word(const int at)
     {
      if(Empty(at))
         Spoil();
      return(Text(at));
     }

   //--- one of the words between the bars of `words`, as in "|B|S|"
   string            OneOf(const int at,const string words)
     {
      string word=Word(at);
      if(StringFind(words,"|"+word+"|")<0)
         Spoil();
      return(word);
     }

   long              Count(const int at)
     {
      string text=Text(at);
      int length=StringLen(text);
      int from=(length>0 && StringGetCharacter(text,0)=='-') ? 1 : 0;
      if(length-from>18 || !Digits(text,from,length))
        {
         Spoil();
         return(0);
        }
      return(StringToInteger(text));
     }

   //--- a count that may be empty: 0 then
   long              MaybeCount(const int at) { return(Empty(at) ? 0 : Count(at)); }

   double            Number(const int at)
     {
      string text=Text(at);
      int length=StringLen(text);
      int from=(length>0 && StringGetCharacter(text,0)=='-') ? 1 : 0;
      int point=StringFind(text,".");
      bool good=(point<0) ? Digits(text,from,length) : (Digits(text,from,point) && Digits(text,point+1,length));
      if(!good || length>400)
        {
         Spoil();
         return(0.0);
        }
      return(StringToDouble(text));
     }

   //--- a number that is 0 or more
   double            Amount(const int at)
     {
      double value=Number(at);
      if(value<0.0)
         Spoil();
      return(value);
     }

   //--- a number that is above 0: what others are divided by
   double            Positive(const int at)
     {
      double value=Number(at);
      if(!(value>0.0))
         Spoil();
      return(value);
     }

   void              MaybeNumber(const int at,AdviceNumber &to)
     {
      to.known=!Empty(at);
      to.value=to.known ? Number(at) : 0.0;
     }
  };

#endif
//+------------------------------------------------------------------+
