//+------------------------------------------------------------------+
//| PanelStop.mqh - a line on the chart that the user drags to where |
//| a stop would be. Below the price it is the stop of a buy, above  |
//| it that of a sell.                                               |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_STOP_MQH
#define BREADTH_ASSISTANT_PANEL_STOP_MQH

#include "AdviceData.mqh"

class CPanelStop
  {
private:
   string            m_name;     // of the line's object
   bool              m_on;
   bool              m_fresh;    // made in this handler: the terminal may not have it yet
   double            m_price;
   double            m_distance; // from the entry; 0: it is no stop
   ENUM_ADVICE_SIDE  m_side;

public:
                     CPanelStop(void)
     {
      m_name="";
      m_on=false;
      m_fresh=false;
      m_price=0.0;
      m_distance=0.0;
      m_side=ADVICE_BUY;
     }

   void              Name(const string name) { m_name=name; }
   string            Name(void) const        { return(m_name); }
   bool              On(void) const          { return(m_on); }
   double            Price(void) const       { return(m_price); }

   //--- the stop's distance (price) from the entry of an order on this side; 0: the line is no stop of it
   double            Distance(const ENUM_ADVICE_SIDE side) const
     {
      return(m_on && side==m_side ? m_distance : 0.0);
     }

   void              Put(const double price,const color shade)
     {
      m_on=(price>0.0);
      m_price=price;
      if(!m_on)
         return;
      m_fresh=true;
      ObjectCreate(0,m_name,OBJ_HLINE,0,0,price);
      ObjectSetDouble(0,m_name,OBJPROP_PRICE,price);
      ObjectSetInteger(0,m_name,OBJPROP_COLOR,shade);
      ObjectSetInteger(0,m_name,OBJPROP_STYLE,STYLE_DASH);
      ObjectSetInteger(0,m_name,OBJPROP_SELECTABLE,true);
      ObjectSetInteger(0,m_name,OBJPROP_SELECTED,true);
      ObjectSetInteger(0,m_name,OBJPROP_HIDDEN,false);
      ObjectSetString(0,m_name,OBJPROP_TOOLTIP,"drag it to where your stop would be");
     }

   void              Remove(void)
     {
      if(m_on)
         ObjectDelete(0,m_name);
      m_on=false;
      m_distance=0.0;
     }

   //--- looks where the line is now
   void              Read(const double bid,const double ask)
     {
      m_distance=0.0;
      if(!m_on)
         return;
      if(!m_fresh)
        {
         if(ObjectFind(0,m_name)<0) // the user has deleted it
           {
            m_on=false;
            return;
           }
         m_price=ObjectGetDouble(0,m_name,OBJPROP_PRICE);
        }
      m_fresh=false;
      if(bid<=0.0 || ask<bid)
         return;
      if(m_price<bid)
        {
         m_side=ADVICE_BUY;
         m_distance=ask-m_price;
        }
      if(m_price>ask)
        {
         m_side=ADVICE_SELL;
         m_distance=m_price-bid;
        }
     }
  };

#endif
//+------------------------------------------------------------------+
