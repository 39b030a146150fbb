//+------------------------------------------------------------------+
//| Advice.mqh - what the Breadth Assistant advises, for panels and  |
//| expert advisors. It reads a file and never orders anything.      |
//|                                                                  |
//|    #include <BreadthAssistant\Advice.mqh>                        |
//|    CAdvice advice;                                               |
//|    advice.Poll();                           // in OnTimer        |
//|    double lots=advice.Clamp(symbol,ADVICE_BUY,stop,wanted,why);  |
//|                                                                  |
//| Wherever the state is not LIVE the lots fall to the fail-safe    |
//| (0 unless the user has set another), and never are above those   |
//| of the last good advice. An order that only reduces what is open |
//| needs no advice: do not ask for it.                              |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_ADVICE_MQH
#define BREADTH_ASSISTANT_ADVICE_MQH

#include "AdviceFeed.mqh"

//+------------------------------------------------------------------+
//| Lots from the last good advice                                   |
//+------------------------------------------------------------------+
class CAdvice : public CAdviceFeed
  {
private:
   double            m_fail_safe_lots;

   void              SideOf(const int at,const ENUM_ADVICE_SIDE side,AdviceSide &to) const
     {
      if(side==ADVICE_BUY)
         to=m_slot[m_at].symbols[at].buy;
      else
         to=m_slot[m_at].symbols[at].sell;
     }

   //--- rounds down to the volume step, 1e-9 of a step forgiven; 0 below the broker's smallest order
   double            Orderable(const double lots,const int at) const
     {
      double step=m_slot[m_at].symbols[at].volume_step;
      if(!MathIsValidNumber(lots) || lots<=0.0 || step<=0.0)
         return(0.0);
      double rounded=MathFloor(lots/step+0.000000001)*step;
      if(rounded<m_slot[m_at].symbols[at].volume_min-0.000000001*step)
         return(0.0);
      return(NormalizeDouble(rounded,8));
     }

   //--- the lots that the good advice lets through at a stop, however old it is
   double            Sized(const int at,const ENUM_ADVICE_SIDE side,const double stop_distance,
                           string &reason) const
     {
      AdviceSide one;
      SideOf(at,side,one);
      reason=one.binding+": "+one.reason;
      if(!MathIsValidNumber(stop_distance) || stop_distance<=0.0)
        {
         reason="the stop distance was not above 0: without a stop there are no lots";
         return(0.0);
        }
      if(!one.money.known || !m_slot[m_at].symbols[at].min_stop.known)
         return(0.0);
      double distance=MathMax(stop_distance,m_slot[m_at].symbols[at].min_stop.value);
      double loss=MathMax(distance*one.loss_per_unit+one.cost_per_lot,one.floor_loss_per_lot);
      if(loss<=0.0)
        {
         reason="what a lot loses is not known";
         return(0.0);
        }
      double by_money=one.money.value/loss;
      double most=MathMin(by_money,one.lots_cap);
      double lots=Orderable(most,at);
      if(stop_distance!=m_slot[m_at].symbols[at].default_stop.value)
         reason=(by_money<one.lots_cap) ? one.money_name+" at this stop" : one.lots_cap_name+" at this stop";
      if(lots<=0.0 && most>0.0)
         reason+=", which leaves "+DoubleToString(most,4)+" lots, less than the broker's smallest order";
      return(lots);
     }

   //--- `lots` while LIVE, else the fail-safe, and never above `lots`
   double            Bounded(const double lots,const int at) const
     {
      return(State()==ADVICE_LIVE ? lots : MathMin(lots,Orderable(m_fail_safe_lots,at)));
     }

   string            Unadvised(const string symbol) const
     {
      return(Have() ? "there is no advice for "+symbol : StateLine());
     }

   //--- lots in as many decimals as the volume step has
   string            InLots(const double lots,const int at) const
     {
      int digits=0;
      double step=m_slot[m_at].symbols[at].volume_step;
      while(digits<8 && MathAbs(step-NormalizeDouble(step,digits))>0.000000001)
         digits++;
      return(DoubleToString(lots,digits));
     }

public:
                     CAdvice(void)
     {
      m_fail_safe_lots=0.0;
     }

   //--- additional lots an order may have while the advice is not LIVE; 0: no new risk
   void              FailSafe(const double lots) { m_fail_safe_lots=MathMax(lots,0.0); }

   //--- additional lots that may be ordered now at the advice's own stop (AdviceSymbol.default_stop)
   double            Cap(const string symbol,const ENUM_ADVICE_SIDE side) const
     {
      return(CapAt(SymbolIndex(symbol),side));
     }

   //--- the same of the symbol that stands there (0 to Symbols()-1)
   double            CapAt(const int at,const ENUM_ADVICE_SIDE side) const
     {
      if(at<0 || at>=Symbols() || !Own())
         return(0.0);
      double lots=(side==ADVICE_BUY) ? m_slot[m_at].symbols[at].buy.lots : m_slot[m_at].symbols[at].sell.lots;
      return(Bounded(Orderable(lots,at),at));
     }

   //--- additional lots that may be ordered now with a stop at this distance (price) from the entry
   double            Lots(const string symbol,const ENUM_ADVICE_SIDE side,const double stop_distance) const
     {
      int at=SymbolIndex(symbol);
      if(at<0)
         return(0.0);
      string reason="";
      return(Bounded(Sized(at,side,stop_distance,reason),at));
     }

   //--- the risk multiplier: the share of normal risk, 0 to 1, for an order in this symbol that adds risk-on
   //--- exposure. Other orders may have more: what Lots says holds. 0 while the advice is not LIVE
   double            Share(const string symbol) const
     {
      return(State()==ADVICE_LIVE && SymbolIndex(symbol)>=0 ? m_slot[m_at].header.share : 0.0);
     }

   //--- why Cap is what it is, in words
   string            Reason(const string symbol,const ENUM_ADVICE_SIDE side) const
     {
      int at=SymbolIndex(symbol);
      if(at<0)
         return(Unadvised(symbol));
      if(State()!=ADVICE_LIVE)
         return(StateLine());
      AdviceSide one;
      SideOf(at,side,one);
      return(one.binding+": "+one.reason);
     }

   //--- what may be ordered of the lots that are wanted, at a stop distance (price); `reason` says why
   double            Clamp(const string symbol,const ENUM_ADVICE_SIDE side,const double stop_distance,
                           const double wanted,string &reason) const
     {
      int at=SymbolIndex(symbol);
      if(at<0)
        {
         reason=Unadvised(symbol);
         return(0.0);
        }
      double most=Bounded(Sized(at,side,stop_distance,reason),at);
      if(State()!=ADVICE_LIVE)
         reason=StateLine();
      double asked=Orderable(wanted,at);
      string lots=InLots(MathMin(asked,most),at)+" lots";
      if(asked<=0.0)
         reason=lots+": what was wanted is less than the broker's smallest order";
      else
         reason=(most<asked) ? lots+" of "+InLots(asked,at)+": "+reason : lots+": within the advice";
      return(MathMin(asked,most));
     }
  };

#endif
//+------------------------------------------------------------------+
