//+------------------------------------------------------------------+
//| Language.mq5 - constructs of MQL5 that the translation knows,    |
//| and faults that must end a run. The answer to a chart event is   |
//| one line of the log.                                             |
//+------------------------------------------------------------------+
#define GREETING "hello"
#define TWICE(x) ((x)*2)

enum ENUM_LIGHT
  {
   LIGHT_RED=3,
   LIGHT_GREEN,
   LIGHT_OFF=-1
  };

struct Pair
  {
   string            name;
   double            values[];
   int               fixed[3];
  };

class CBase
  {
protected:
   int               m_count;

public:
                     CBase(void) { m_count=1; }
   virtual int       Count(void) const { return(m_count); }
  };

class CDerived : public CBase
  {
public:
                     CDerived(void) { m_count=7; }
   virtual int       Count(void) const { return(m_count+1); }
  };

input group "Numbers"
input int        InpWhole=3;       // a whole number
input double     InpReal=0.5;
input string     InpText="abc";
input ENUM_LIGHT InpLight=LIGHT_GREEN;
sinput bool      InpSwitch=true;

const int        SQUARES[]={0,1,4,9};
int              changing[4];

template<typename T>
T Larger(const T one,const T other)
  {
   return(one>other ? one : other);
  }

void Fill(int &numbers[],string &words[])
  {
   ArrayResize(numbers,3);
   ArrayResize(words,2);
   for(int i=0; i<3; i++)
      numbers[i]=i*i;
   words[0]="one";
   words[1]=NULL;
  }

int Sum(const int &numbers[])
  {
   int sum=0;
   for(int i=0; i<ArraySize(numbers); i++)
      sum+=numbers[i];
   return(sum);
  }

string Said(void)
  {
   int numbers[];
   string words[];
   Fill(numbers,words);
   Pair pair;
   pair.name="p";
   ArrayResize(pair.values,2);
   pair.values[1]=2.5;
   pair.fixed[2]=6;
   Pair copy=pair;
   CDerived derived;
   ushort letter='A';
   string text="a"+"b" "c\t\"\\";
   static int calls=0;
   calls++;
   string line=GREETING+" "+IntegerToString(TWICE(4))+" "+(string)Sum(numbers)+" "+IntegerToString(Sum(SQUARES));
   line+=" "+words[0]+" "+(words[1]==NULL ? "null" : "set")+" "+EnumToString(InpLight)+" "+IntegerToString((int)LIGHT_OFF);
   line+=" "+DoubleToString(copy.values[1],1)+" "+IntegerToString(copy.fixed[2])+" "+IntegerToString(derived.Count());
   line+=" "+ShortToString(letter)+" "+text+" "+DoubleToString(Larger(1.5,2.5),1)+" "+IntegerToString(Larger<int>(3,2));
   line+=" "+TimeToString(D'2018.12.26 15:30',TIME_DATE|TIME_SECONDS)+" "+IntegerToString(C'1,2,3')+" "+(string)InpSwitch;
   line+=" "+StringFormat("%5.2f|%-4s|%04d|%I64d|%x|%%",1.005,"ab",-7,123456789012,255);
   return(line+" "+IntegerToString(calls)+" "+InpText+" "+IntegerToString(InpWhole)+" "+DoubleToString(InpReal,2));
  }

int OnInit(void)
  {
   EventSetTimer(1);
   return(INIT_SUCCEEDED);
  }

void OnTick(void)
  {
   Print(Said());
  }

void OnChartEvent(const int id,const long &lparam,const double &dparam,const string &sparam)
  {
   int at=(int)lparam;
   double divisor=dparam;
   if(sparam=="index")
      Print(changing[at]);
   if(sparam=="constant index")
      Print(SQUARES[at]);
   if(sparam=="resize")
      ArrayResize(changing,at);
   if(sparam=="divide whole")
      Print(100/at);
   if(sparam=="divide")
      Print(100.0/divisor);
   if(sparam=="overflow")
      Print(2147483647+at);
   if(sparam=="format")
      Print(StringFormat("%s %s","one"));
   if(sparam=="wrong format")
      Print(StringFormat("%d",divisor));
   if(sparam=="long text")
     {
      ObjectCreate(0,"label",OBJ_LABEL,0,0,0);
      ObjectSetString(0,"label",OBJPROP_TEXT,IntegerToString(1,64));
     }
   if(sparam=="no object")
      ObjectSetInteger(0,"none",OBJPROP_COLOR,clrRed);
   if(sparam=="long name")
      GlobalVariableSet(IntegerToString(1,64),1.0);
   if(sparam=="private file")
      {
      int file=FileOpen("..\\secret.txt",FILE_READ|FILE_BIN|FILE_SHARE_READ|FILE_SHARE_WRITE);
      Print(file," ",GetLastError());
     }
   if(sparam=="unshared file")
      Print(FileOpen("a.txt",FILE_READ|FILE_BIN));
   if(sparam=="close")
      FileClose(at);
   if(sparam=="beyond a text")
      Print(StringGetCharacter("abc",at));
   if(sparam=="decode")
     {
      uchar bytes[3];
      bytes[0]=0xE2;
      bytes[1]=0x80;
      bytes[2]=0xA6;
      Print(StringLen(CharArrayToString(bytes,0,at,CP_UTF8)));
     }
  }
//+------------------------------------------------------------------+
