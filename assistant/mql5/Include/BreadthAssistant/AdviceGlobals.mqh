//+------------------------------------------------------------------+
//| AdviceGlobals.mqh - the advice as terminal global variables, for |
//| expert advisors that cannot include Advice.mqh. Names:           |
//|                                                                  |
//|    BA.<login>.utc               epoch seconds of the advice;     |
//|                                 0 while it is not LIVE           |
//|    BA.<login>.share             the risk multiplier, 0 to 1;     |
//|                                 0 while it is not LIVE           |
//|    BA.<login>.cap.<symbol>.<B|S>  additional lots at the advice's|
//|                                 own stop; the fail-safe while it |
//|                                 is not LIVE                      |
//|                                                                  |
//| Whoever reads them must take the caps for 0 where a variable     |
//| does not exist, or where TimeGMT() is beyond utc by more than a  |
//| few seconds: what publishes them may have stopped.               |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_ADVICE_GLOBALS_MQH
#define BREADTH_ASSISTANT_ADVICE_GLOBALS_MQH

#include "Advice.mqh"

#define ADVICE_NAME_LIMIT 63  // characters of a global variable's name

class CAdviceGlobals
  {
private:
   string            m_prefix;  // of the account whose variables stand; empty: none
   string            m_symbols; // those that have variables
   int               m_skipped; // names that were too long

   //--- a temporary variable is not kept on disk when the terminal ends
   void              Set(const string name,const double value)
     {
      if(StringLen(name)>ADVICE_NAME_LIMIT)
        {
         m_skipped++;
         return;
        }
      if(!GlobalVariableCheck(name))
         GlobalVariableTemp(name);
      GlobalVariableSet(name,value);
     }

public:
                     CAdviceGlobals(void)
     {
      m_prefix="";
      m_symbols="";
      m_skipped=0;
     }

   //--- call it after each Poll()
   void              Publish(const CAdvice &advice)
     {
      string prefix="BA."+IntegerToString(AccountInfoInteger(ACCOUNT_LOGIN))+".";
      string symbols="";
      for(int i=0; i<advice.Symbols(); i++)
         symbols+=advice.NameAt(i)+"|";
      // the cap of a symbol that is advised no more must not stand beside a fresh utc
      if(prefix!=m_prefix || symbols!=m_symbols)
         Remove();
      m_prefix=prefix;
      m_symbols=symbols;
      m_skipped=0;
      bool live=(advice.State()==ADVICE_LIVE);
      AdviceHeader header;
      advice.Header(header);
      for(int i=0; i<advice.Symbols(); i++)
        {
         string name=prefix+"cap."+advice.NameAt(i);
         Set(name+".B",advice.CapAt(i,ADVICE_BUY));
         Set(name+".S",advice.CapAt(i,ADVICE_SELL));
        }
      Set(prefix+"share",live ? header.share : 0.0);
      Set(prefix+"utc",live ? (double)header.utc : 0.0);
     }

   //--- call it in OnDeinit: nothing is left behind
   void              Remove(void)
     {
      if(m_prefix!="")
         GlobalVariablesDeleteAll(m_prefix);
      m_prefix="";
     }

   //--- whether they stand: another program may have removed them
   bool              There(void) const { return(m_prefix!="" && GlobalVariableCheck(m_prefix+"utc")); }

   //--- caps that have no variable, for their symbols' names are too long
   int               Skipped(void) const { return(m_skipped); }
  };

#endif
//+------------------------------------------------------------------+
