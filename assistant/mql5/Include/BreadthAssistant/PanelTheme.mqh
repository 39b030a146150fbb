//+------------------------------------------------------------------+
//| PanelTheme.mqh - the colours of a panel                          |
//| Greys for what is to be read, red only for what is to be done.   |
//+------------------------------------------------------------------+
#ifndef BREADTH_ASSISTANT_PANEL_THEME_MQH
#define BREADTH_ASSISTANT_PANEL_THEME_MQH

struct PanelTheme
  {
   color             ground;
   color             raised;  // boxes on the ground
   color             line;
   color             ink;
   color             grey;
   color             faint;
   color             good;
   color             warn;
   color             alarm;
   color             own;     // what the user has set: the stop line

                     PanelTheme(void)
     {
      ground=C'23,26,32';
      raised=C'33,37,45';
      line=C'50,55,66';
      ink=C'236,238,242';
      grey=C'152,158,170';
      faint=C'104,111,124';
      good=C'88,190,136';
      warn=C'240,178,80';
      alarm=C'255,98,90';
      own=C'116,176,255';
     }
  };

PanelTheme PanelDark(void)
  {
   PanelTheme theme;
   return(theme);
  }

PanelTheme PanelLight(void)
  {
   PanelTheme theme;
   theme.ground=C'252,252,253';
   theme.raised=C'241,243,246';
   theme.line=C'214,218,225';
   theme.ink=C'22,25,31';
   theme.grey=C'94,101,114';
   theme.faint=C'146,152,164';
   theme.good=C'22,128,76';
   theme.warn=C'166,100,0';
   theme.alarm=C'200,34,28';
   theme.own=C'24,96,206';
   return(theme);
  }

//--- whether a colour is nearer to black than to white, as the eye sees it
bool PanelIsDark(const color shade)
  {
   int value=(int)shade;
   int red=value & 255;
   int green=(value>>8) & 255;
   int blue=(value>>16) & 255;
   return(299*red+587*green+114*blue<128000);
  }

#endif
//+------------------------------------------------------------------+
