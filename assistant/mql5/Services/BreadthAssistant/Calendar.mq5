//+------------------------------------------------------------------+
//| Calendar.mq5 - the terminal's calendar of news for the Breadth   |
//| Assistant, written once an hour. A service has no chart, and     |
//| this one orders nothing.                                         |
//+------------------------------------------------------------------+
#property service
#property copyright   "Breadth Assistant contributors, MIT"
#property version     "1.00"
#property description "Writes the terminal's economic calendar to a file for the Breadth Assistant. It never orders anything."

#include <BreadthAssistant\CalendarFile.mqh>

CCalendarFile calendar;

//+------------------------------------------------------------------+
//| A service has no timer                                           |
//+------------------------------------------------------------------+
void OnStart(void)
  {
   while(!IsStopped())
     {
      calendar.Look();
      Sleep(1000);
     }
  }
//+------------------------------------------------------------------+
