//+------------------------------------------------------------------+
//| PanelSide.mqh - what the panel says of one side of its symbol    |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_SIDE_MQH
#define BREADTH_ASSISTANT_PANEL_SIDE_MQH

#include "PanelWords.mqh"

struct PanelSide
  {
   string            title;
   bool              own_stop;   // the lots hold for the stop line
   double            lots;       // additional lots that may be ordered now with that stop
   string            lots_text;
   string            cap_text;   // the cap that decides, by its name
   string            reason;
   string            stop_text;
   string            stop_tip;
   string            loss_text;
   string            loss_tip;
   string            from_text;  // capped from X to Y
   string            would_text; // what a rule that is only shown would leave

                     PanelSide(void)
     {
      title="";
      own_stop=false;
      lots=0.0;
      lots_text="0";
      cap_text="";
      reason="";
      stop_text="";
      stop_tip="";
      loss_text="";
      loss_tip="";
      from_text="";
      would_text="";
     }
  };

//--- what a lot loses at a stop distance, as it is sized
double PanelLossPerLot(const AdviceSide &side,const double distance)
  {
   return(MathMax(distance*side.loss_per_unit+side.cost_per_lot,side.floor_loss_per_lot));
  }

//--- the lots that money alone would let through
double PanelByMoney(const AdviceSide &side,const double distance)
  {
   double loss=PanelLossPerLot(side,distance);
   return(loss>0.0 ? side.money.value/loss : 0.0);
  }

//--- the stop, the cap and the loss of a side that can be computed
void PanelSizes(const AdviceSymbol &symbol,const AdviceSide &side,const double own_distance,
                const double wanted,PanelSide &to)
  {
   double distance=to.own_stop ? own_distance : symbol.default_stop.value;
   double counted=MathMax(distance,symbol.min_stop.value);
   int digits=PanelDecimals(symbol.volume_step);
   to.stop_text=(to.own_stop ? "your stop " : "stop ")+DoubleToString(distance,symbol.digits);
   to.stop_tip="a distance in price from the entry";
   if(distance<symbol.min_stop.value)
      to.stop_tip="tighter than the least distance: counted as "+DoubleToString(symbol.min_stop.value,symbol.digits);
   double by_money=PanelByMoney(side,counted);
   if(to.own_stop)
     {
      to.cap_text=(by_money<side.lots_cap) ? side.money_name : side.lots_cap_name;
      to.reason=to.cap_text+" at this stop";
     }
   double loss=to.lots*PanelLossPerLot(side,counted);
   bool gap=(counted*side.loss_per_unit+side.cost_per_lot<side.floor_loss_per_lot-0.000001);
   to.loss_text=(gap ? "loss in a gap " : "loss at stop ")+DoubleToString(loss,2);
   to.loss_tip=DoubleToString(PanelLossPerLot(side,counted),2)+" a lot, in "+AccountInfoString(ACCOUNT_CURRENCY);
   if(wanted>0.0 && to.lots<wanted-0.000000001)
      to.from_text="capped from "+DoubleToString(wanted,digits)+" to "+to.lots_text;
   else
      if(side.lots_cap<by_money)
        {
         double before=MathFloor(by_money/symbol.volume_step+0.000000001)*symbol.volume_step;
         if(before>to.lots+0.000000001)
            to.from_text="capped from "+DoubleToString(before,digits)+" to "+to.lots_text;
        }
  }

//--- what the panel says of one side; `own_distance` is that of the stop line, 0 where it is no stop of this side
void PanelSideOf(const CAdvice &advice,const string name,const ENUM_ADVICE_SIDE which,const double own_distance,
                 const double wanted,PanelSide &to)
  {
   PanelSide fresh;
   to=fresh;
   to.title=(which==ADVICE_BUY) ? "BUY" : "SELL";
   bool live=(advice.State()==ADVICE_LIVE);
   AdviceSymbol symbol;
   if(!advice.SymbolAt(advice.SymbolIndex(name),symbol))
     {
      to.cap_text=live ? "no advice" : "fail-safe";
      to.reason=advice.Reason(name,which);
      return;
     }
   AdviceSide side;
   if(which==ADVICE_BUY)
      side=symbol.buy;
   else
      side=symbol.sell;
   int digits=PanelDecimals(symbol.volume_step);
   to.own_stop=(own_distance>0.0);
   to.lots=to.own_stop ? advice.Lots(name,which,own_distance) : advice.Cap(name,which);
   to.lots_text=DoubleToString(to.lots,digits);
   to.cap_text=live ? side.binding : "fail-safe";
   to.reason=advice.Reason(name,which);
   if(live && side.money.known && symbol.min_stop.known && symbol.default_stop.known)
      PanelSizes(symbol,side,own_distance,wanted,to);
   if(live && side.would_lots.known)
     {
      double step=symbol.volume_step;
      double left=MathFloor(MathMax(side.would_lots.value,0.0)/step+0.000000001)*step;
      if(left<symbol.volume_min-0.000000001*step)
         left=0.0;
      to.would_text="dry run: "+side.would_name+" leaves "+(which==ADVICE_BUY ? "buy " : "sell ")+
                    DoubleToString(left,digits);
      // the file holds it for the advice's own stop only
      if(to.own_stop)
         to.would_text+=" at stop "+DoubleToString(symbol.default_stop.value,symbol.digits);
     }
  }

#endif
//+------------------------------------------------------------------+
