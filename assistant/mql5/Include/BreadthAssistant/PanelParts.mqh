//+------------------------------------------------------------------+
//| PanelParts.mqh - parts of the panel: rows, the picture of the    |
//| ratio, the tables of other symbols and of floors.                |
//| Distances are pixels of a screen with 96 to the inch.            |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_PARTS_MQH
#define BREADTH_ASSISTANT_PANEL_PARTS_MQH

#include "PanelCanvas.mqh"
#include "PanelTheme.mqh"
#include "PanelWords.mqh"

#define PANEL_WIDTH    320
#define PANEL_BAR      34   // height of the head, which is all that is left of a minimised panel
#define PANEL_PAD      12
#define PANEL_ROW      17
#define PANEL_COLUMN   92   // where the values stand
#define PANEL_COLUMNS  40   // of the picture of the ratio
#define PANEL_FLOORS   5    // rows at most

//+------------------------------------------------------------------+
//| Each part is drawn at m_y and moves it below itself              |
//+------------------------------------------------------------------+
class CPanelParts
  {
protected:
   CPanelCanvas      m_canvas;
   PanelTheme        m_theme;
   int               m_y;
   int               m_rows;    // other symbols at most
   bool              m_live;

private:
   void              Bar(const string name,const int x,const int y,const int width,const int height,
                         const double value,const double most,const color shade)
     {
      if(value<=0.0 || most<=0.0)
         return;
      int part=(int)MathRound((double)width*MathMin(value/most,1.0));
      m_canvas.Box(name,x,y,MathMax(part,1),height,shade,shade);
     }

   void              FloorRow(const string name,const AdviceFloor &floor,const double most)
     {
      color shade=m_theme.grey;
      if(floor.status=="amber" || floor.status=="cannot certify")
         shade=m_theme.warn;
      if(floor.status=="red")
         shade=m_theme.alarm;
      string tip=floor.name+": "+floor.status;
      if(floor.level.known)
         tip+=", floor "+DoubleToString(floor.level.value,2);
      m_canvas.Text(name,PANEL_PAD,m_y,96,floor.name,shade==m_theme.grey ? m_theme.ink : shade,9,PANEL_PLAIN,tip);
      if(!floor.headroom.known)
        {
         m_canvas.Text(name+".status",Right(),m_y,180,floor.status,shade,9,PANEL_RIGHT,tip);
         m_y+=PANEL_ROW;
         return;
        }
      int width=64;
      double now=floor.headroom.value;
      m_canvas.Box(name+".track",112,m_y+4,width,8,m_theme.raised,m_theme.raised);
      Bar(name+".bar",112,m_y+4,width,5,now,most,shade);
      m_canvas.Text(name+".now",242,m_y,62,DoubleToString(MathFloor(now),0),shade==m_theme.grey ? m_theme.ink : shade,9,
                    PANEL_BOLD|PANEL_RIGHT,tip);
      string after="-";
      if(floor.after_reset.known)
        {
         double then=floor.after_reset.value;
         Bar(name+".later",112,m_y+10,width,2,then,most,m_theme.faint);
         after=DoubleToString(MathFloor(then),0);
         if(floor.reset>0)
            tip="reset in "+PanelUntil(floor.reset-(long)TimeGMT());
        }
      m_canvas.Text(name+".after",Right(),m_y,62,after,m_theme.grey,9,PANEL_RIGHT,tip);
      m_y+=PANEL_ROW;
     }

protected:
                     CPanelParts(void)
     {
      m_y=0;
      m_rows=8;
      m_live=false;
     }

   int               Right(void) const { return(PANEL_WIDTH-PANEL_PAD); }
   int               Inner(void) const { return(PANEL_WIDTH-2*PANEL_PAD); }

   void              Rule(const string name)
     {
      m_canvas.Box(name,PANEL_PAD,m_y+5,Inner(),1,m_theme.line,m_theme.line);
      m_y+=12;
     }

   //--- a label and what it stands for
   void              Row(const string name,const string label,const string value,const color shade,
                         const string tip="")
     {
      m_canvas.Text(name+".label",PANEL_PAD,m_y,PANEL_COLUMN-PANEL_PAD-4,label,m_theme.grey);
      m_canvas.Text(name,PANEL_COLUMN,m_y,Right()-PANEL_COLUMN,value,shade,9,PANEL_PLAIN,tip);
      m_y+=PANEL_ROW;
     }

   //--- the ratio as a line of thin boxes, and its average at the last close as one
   void              Picture(const CAdvice &advice,const AdviceHeader &header,const int x,const int y,
                             const int width,const int height)
     {
      int count=advice.Points();
      if(count<2)
         return;
      double low=0.0;
      double high=0.0;
      double value=0.0;
      for(int i=0; advice.PointAt(i,value); i++)
        {
         low=(i==0) ? value : MathMin(low,value);
         high=(i==0) ? value : MathMax(high,value);
        }
      if(header.average.known)
        {
         low=MathMin(low,header.average.value);
         high=MathMax(high,header.average.value);
        }
      double span=high-low;
      if(span<=0.0)
         return;
      if(header.average.known)
        {
         int level=y+(int)MathRound((high-header.average.value)/span*(double)(height-2));
         m_canvas.Box("ratio.average",x,level,width,1,m_theme.faint,m_theme.faint);
        }
      color shade=m_live ? m_theme.grey : m_theme.faint;
      double before=0.0;
      for(int i=0; i<PANEL_COLUMNS; i++)
        {
         advice.PointAt(i*(count-1)/(PANEL_COLUMNS-1),value);
         if(i==0)
            before=value;
         int from=y+(int)MathRound((high-MathMax(before,value))/span*(double)(height-2));
         int to=y+(int)MathRound((high-MathMin(before,value))/span*(double)(height-2));
         int left=x+i*width/PANEL_COLUMNS;
         m_canvas.Box("ratio."+IntegerToString(i),left,from,x+(i+1)*width/PANEL_COLUMNS-left,to-from+2,shade,shade);
         before=value;
        }
     }

   //--- the other symbols, one a row
   void              Others(const CAdvice &advice,const string own)
     {
      int total=advice.Symbols();
      int others=total-(advice.SymbolIndex(own)>=0 ? 1 : 0);
      if(!m_live || others<1 || m_rows<1)
         return;
      Rule("others.rule");
      m_canvas.Text("others.lots",PANEL_PAD,m_y,80,"lots",m_theme.faint,8);
      m_canvas.Text("others.buy",156,m_y,60,"buy",m_theme.faint,8,PANEL_RIGHT);
      m_canvas.Text("others.sell",212,m_y,50,"sell",m_theme.faint,8,PANEL_RIGHT);
      m_canvas.Text("others.cap",222,m_y,86,"cap",m_theme.faint,8);
      m_y+=14;
      int shown=0;
      AdviceSymbol one;
      for(int i=0; i<total && shown<m_rows; i++)
        {
         if(!advice.SymbolAt(i,one) || one.name==own)
            continue;
         string name="other."+IntegerToString(shown);
         int digits=PanelDecimals(one.volume_step);
         double buy=advice.Cap(one.name,ADVICE_BUY);
         double sell=advice.Cap(one.name,ADVICE_SELL);
         bool by_buy=(buy<=sell);
         m_canvas.Text(name,PANEL_PAD,m_y,88,one.name,m_theme.grey);
         m_canvas.Text(name+".buy",156,m_y,52,DoubleToString(buy,digits),
                       buy>0.0 ? m_theme.ink : m_theme.faint,9,PANEL_RIGHT);
         m_canvas.Text(name+".sell",212,m_y,52,DoubleToString(sell,digits),
                       sell>0.0 ? m_theme.ink : m_theme.faint,9,PANEL_RIGHT);
         m_canvas.Text(name+".cap",222,m_y,86,by_buy ? one.buy.binding : one.sell.binding,m_theme.grey,9,PANEL_PLAIN,
                       by_buy ? one.buy.reason : one.sell.reason);
         m_y+=PANEL_ROW;
         shown++;
        }
      if(others>shown)
        {
         m_canvas.Text("others.more",PANEL_PAD,m_y,Inner(),IntegerToString(others-shown)+" more: see Rows in the inputs",
                       m_theme.faint,8);
         m_y+=15;
        }
     }

   //--- the loss rules of a funded account: what is left now, and after the next reset
   void              Floors(const CAdvice &advice)
     {
      int total=advice.Floors();
      if(!m_live || total<1)
         return;
      double most=0.0;
      AdviceFloor one;
      for(int i=0; advice.FloorAt(i,one); i++)
        {
         most=MathMax(most,one.headroom.value);
         if(one.after_reset.known)
            most=MathMax(most,one.after_reset.value);
        }
      Rule("floors.rule");
      m_canvas.Text("floors.title",PANEL_PAD,m_y,88,"floor",m_theme.faint,8);
      m_canvas.Text("floors.now",242,m_y,66,"headroom",m_theme.faint,8,PANEL_RIGHT);
      m_canvas.Text("floors.after",Right(),m_y,64,"after reset",m_theme.faint,8,PANEL_RIGHT);
      m_y+=14;
      for(int i=0; i<PANEL_FLOORS && advice.FloorAt(i,one); i++)
         FloorRow("floor."+IntegerToString(i),one,most);
      if(total>PANEL_FLOORS)
        {
         m_canvas.Text("floors.more",PANEL_PAD,m_y,Inner(),IntegerToString(total-PANEL_FLOORS)+" more",m_theme.faint,8);
         m_y+=15;
        }
     }
  };

#endif
//+------------------------------------------------------------------+
