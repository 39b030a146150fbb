//+------------------------------------------------------------------+
//| PanelCanvas.mqh - labels, boxes and buttons of a panel           |
//| A drawing names every object it wants, each time, in one order.  |
//| The canvas makes those that are new, deletes those that are no   |
//| longer named, and touches a property only where it is another.   |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_CANVAS_MQH
#define BREADTH_ASSISTANT_PANEL_CANVAS_MQH

#define PANEL_FONT       "Arial"
#define PANEL_FONT_BOLD  "Arial Bold"
#define PANEL_TEXT_LIMIT 63  // characters that an object's text keeps

//--- one object as it was last drawn
struct PanelItem
  {
   string            name;
   ENUM_OBJECT       type;
   bool              used;    // named by the drawing that is being made
   int               left;    // pixels of the chart
   int               top;
   int               width;
   int               height;
   color             ink;
   color             ground;
   int               points;  // size of the font
   bool              bold;
   bool              right;   // the text ends at `left`
   string            text;
   string            whole;   // the text before it was cut to its room
   int               room;    // pixels that the text may take
   string            tip;

                     PanelItem(void)
     {
      name="";
      type=OBJ_LABEL;
      used=false;
      left=-1;
      top=-1;
      width=-1;
      height=-1;
      ink=clrNONE;
      ground=clrNONE;
      points=0;
      bold=false;
      right=false;
      text="";
      whole="";
      room=-1;
      tip="";
     }
  };

//--- how a text is to look, added up
#define PANEL_PLAIN 0
#define PANEL_BOLD  1
#define PANEL_RIGHT 2  // it ends where it is placed

class CPanelCanvas
  {
private:
   string            m_prefix;   // of the names of all objects
   PanelItem         m_items[];
   int               m_next;     // where the next named object is, unless the drawing has changed
   int               m_touched;  // properties and objects that were changed since Begin()
   double            m_scale;    // pixels of this screen for one of 96 to the inch
   int               m_left;     // pixels of the chart; the panel's left upper corner
   int               m_top;

   void              SetInteger(const string name,const ENUM_OBJECT_PROPERTY_INTEGER property,const long value)
     {
      ObjectSetInteger(0,name,property,value);
      m_touched++;
     }

   void              SetString(const string name,const ENUM_OBJECT_PROPERTY_STRING property,const string value)
     {
      ObjectSetString(0,name,property,value);
      m_touched++;
     }

   void              Create(PanelItem &item)
     {
      ObjectCreate(0,item.name,item.type,0,0,0.0);
      SetInteger(item.name,OBJPROP_CORNER,CORNER_LEFT_UPPER);
      SetInteger(item.name,OBJPROP_SELECTABLE,false);
      SetInteger(item.name,OBJPROP_HIDDEN,true);
      // a line break alone: the terminal would show the object's name otherwise
      SetString(item.name,OBJPROP_TOOLTIP,"\n");
      if(item.type==OBJ_RECTANGLE_LABEL)
         SetInteger(item.name,OBJPROP_BORDER_TYPE,BORDER_FLAT);
     }

   //--- the place of a named object among the items; it is made where there is none
   int               Named(const string name,const ENUM_OBJECT type)
     {
      string full=m_prefix+name;
      int count=ArraySize(m_items);
      int at=m_next;
      if(at>=count || m_items[at].name!=full)
        {
         at=0;
         while(at<count && m_items[at].name!=full)
            at++;
        }
      if(at==count)
        {
         ArrayResize(m_items,count+1,64);
         PanelItem fresh;
         fresh.name=full;
         fresh.type=type;
         m_items[at]=fresh;
         Create(m_items[at]);
        }
      m_items[at].used=true;
      m_next=at+1;
      return(at);
     }

   void              Place(const int at,const int x,const int y)
     {
      int left=m_left+Pixels(x);
      int top=m_top+Pixels(y);
      string name=m_items[at].name;
      if(m_items[at].left!=left)
         SetInteger(name,OBJPROP_XDISTANCE,left);
      if(m_items[at].top!=top)
         SetInteger(name,OBJPROP_YDISTANCE,top);
      m_items[at].left=left;
      m_items[at].top=top;
     }

   void              Size(const int at,const int width,const int height)
     {
      string name=m_items[at].name;
      if(m_items[at].width!=width)
         SetInteger(name,OBJPROP_XSIZE,width);
      if(m_items[at].height!=height)
         SetInteger(name,OBJPROP_YSIZE,height);
      m_items[at].width=width;
      m_items[at].height=height;
     }

   void              Shade(const int at,const color ink,const color ground)
     {
      string name=m_items[at].name;
      if(m_items[at].ink!=ink)
         SetInteger(name,OBJPROP_COLOR,ink);
      if(m_items[at].ground!=ground)
        {
         SetInteger(name,OBJPROP_BGCOLOR,ground);
         if(m_items[at].type==OBJ_BUTTON)
            SetInteger(name,OBJPROP_BORDER_COLOR,ground);
        }
      m_items[at].ink=ink;
      m_items[at].ground=ground;
     }

   void              Letter(const int at,const int points,const bool bold)
     {
      string name=m_items[at].name;
      if(m_items[at].points==0 || m_items[at].bold!=bold)
         SetString(name,OBJPROP_FONT,bold ? PANEL_FONT_BOLD : PANEL_FONT);
      if(m_items[at].points!=points)
         SetInteger(name,OBJPROP_FONTSIZE,points);
      m_items[at].points=points;
      m_items[at].bold=bold;
     }

   void              Write(const int at,const string text)
     {
      if(m_items[at].text!=text)
         SetString(m_items[at].name,OBJPROP_TEXT,text);
      m_items[at].text=text;
     }

   void              Tip(const int at,const string tip)
     {
      if(m_items[at].tip!=tip)
         SetString(m_items[at].name,OBJPROP_TOOLTIP,tip=="" ? "\n" : tip);
      m_items[at].tip=tip;
     }

   //--- the longest beginning that fits, with three dots behind it
   string            Cut(const string text,const int points,const bool bold,const int room) const
     {
      if(StringLen(text)<=PANEL_TEXT_LIMIT && Wide(text,points,bold)<=room)
         return(text);
      int fits=0;
      int over=MathMin(StringLen(text),PANEL_TEXT_LIMIT-2);
      while(over-fits>1)
        {
         int middle=(fits+over)/2;
         if(Wide(StringSubstr(text,0,middle)+"...",points,bold)<=room)
            fits=middle;
         else
            over=middle;
        }
      return(fits>0 ? StringSubstr(text,0,fits)+"..." : "");
     }

public:
                     CPanelCanvas(void)
     {
      m_prefix="";
      m_next=0;
      m_touched=0;
      m_scale=1.0;
      m_left=0;
      m_top=0;
     }

   void              Prefix(const string prefix) { m_prefix=prefix; }
   void              Scale(const double scale)   { m_scale=scale; }
   int               Pixels(const double at_96) const { return((int)MathRound(at_96*m_scale)); }

   //--- how many pixels a text takes
   int               Wide(const string text,const int points,const bool bold) const
     {
      uint width=0;
      uint height=0;
      // tenths of a point, as an object's font has them
      TextSetFont(bold ? PANEL_FONT_BOLD : PANEL_FONT,-10*points,0);
      if(text=="" || !TextGetSize(text,width,height))
         return(0);
      return((int)width);
     }

   //--- the same in pixels of a screen with 96 to the inch, rounded up
   int               WideAt96(const string text,const int points,const bool bold) const
     {
      return((int)MathCeil((double)Wide(text,points,bold)/m_scale));
     }

   //--- whether someone else has deleted what was drawn, as the panel of another timeframe may that goes late
   bool              Gone(void) const
     {
      return(ArraySize(m_items)>0 && ObjectFind(0,m_items[0].name)<0);
     }

   //--- a drawing begins; left and top are pixels of the chart
   void              Begin(const int left,const int top)
     {
      m_left=left;
      m_top=top;
      m_next=0;
      m_touched=0;
      for(int i=0; i<ArraySize(m_items); i++)
         m_items[i].used=false;
     }

   //--- deletes what was not named; returns whether anything has changed
   bool              End(void)
     {
      int kept=0;
      int count=ArraySize(m_items);
      for(int i=0; i<count; i++)
        {
         if(!m_items[i].used)
           {
            ObjectDelete(0,m_items[i].name);
            m_touched++;
            continue;
           }
         if(kept!=i)
            m_items[kept]=m_items[i];
         kept++;
        }
      if(kept<count)
         ArrayResize(m_items,kept,64);
      return(m_touched>0);
     }

   //--- forgets and deletes everything
   void              Clear(void)
     {
      ObjectsDeleteAll(0,m_prefix);
      ArrayResize(m_items,0);
     }

   //--- a filled rectangle; its border has the colour `edge`
   void              Box(const string name,const int x,const int y,const int width,const int height,
                         const color ground,const color edge)
     {
      int at=Named(name,OBJ_RECTANGLE_LABEL);
      Place(at,x,y);
      // both edges are rounded alike, so that neighbours neither overlap nor part
      Size(at,MathMax(Pixels(x+width)-Pixels(x),1),MathMax(Pixels(y+height)-Pixels(y),1));
      Shade(at,edge,ground);
     }

   //--- a text of at most `room`; the whole of it is the tip where it was cut
   void              Text(const string name,const int x,const int y,const int room,const string text,
                          const color shade,const int points=9,const int style=PANEL_PLAIN,const string tip="")
     {
      int at=Named(name,OBJ_LABEL);
      bool bold=((style & PANEL_BOLD)!=0);
      bool right=((style & PANEL_RIGHT)!=0);
      Place(at,x,y);
      Shade(at,shade,clrNONE);
      if(m_items[at].right!=right)
         SetInteger(m_items[at].name,OBJPROP_ANCHOR,right ? ANCHOR_RIGHT_UPPER : ANCHOR_LEFT_UPPER);
      m_items[at].right=right;
      int pixels=Pixels(room);
      bool same=(m_items[at].whole==text && m_items[at].room==pixels && m_items[at].points==points &&
                 m_items[at].bold==bold);
      Letter(at,points,bold);
      // an object with an empty text would show "Label"
      if(!same)
         Write(at,text=="" ? " " : Cut(text,points,bold,pixels));
      m_items[at].whole=text;
      m_items[at].room=pixels;
      Tip(at,(tip=="" && text!="" && m_items[at].text!=text) ? text : tip);
     }

   //--- a number, which is never cut: its font becomes smaller, and its foot stays where it is
   void              Number(const string name,const int x,const int y,const int room,const string text,
                            const color shade,const int points,const string tip)
     {
      int smaller=points;
      while(smaller>6 && Wide(text,smaller,true)>Pixels(room))
         smaller-=2;
      // a point is 96/72 pixels
      Text(name,x,y+(points-smaller)*4/3,2*room,text,shade,smaller,PANEL_BOLD,tip);
     }

   void              Button(const string name,const int x,const int y,const int width,const int height,
                            const string text,const color shade,const int points,const color ground,const string tip)
     {
      int at=Named(name,OBJ_BUTTON);
      Place(at,x,y);
      Size(at,Pixels(x+width)-Pixels(x),Pixels(y+height)-Pixels(y));
      Shade(at,shade,ground);
      Letter(at,points,false);
      Write(at,text);
      Tip(at,tip);
     }
  };

#endif
//+------------------------------------------------------------------+
