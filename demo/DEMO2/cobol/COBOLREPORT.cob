      *> Sales by region: reads the day's sales, sorted by region and
      *> shop, and prints a line per shop, a total per region and a
      *> grand total.
      *>
      *> The input is the extract file SALES (dd_SALES), or
      *> ../extracts/SALES.DAT when the report is run without one.
       IDENTIFICATION DIVISION.
       PROGRAM-ID. COBOLREPORT.

       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT SALES-FILE ASSIGN DYNAMIC SALES-PATH
               ORGANIZATION IS LINE SEQUENTIAL
               FILE STATUS IS SALES-STATUS.

       DATA DIVISION.
       FILE SECTION.
       FD  SALES-FILE.
       01  SALES-RECORD.
           05  SALES-REGION          PIC X(10).
           05  SALES-SHOP            PIC X(12).
           05  SALES-COUNT           PIC 9(5).
           05  SALES-AMOUNT          PIC 9(7)V99.

       WORKING-STORAGE SECTION.
       01  SALES-PATH                PIC X(256).
       01  SALES-STATUS              PIC XX.
           88  SALES-OK                        VALUE "00".
           88  SALES-END                       VALUE "10".

       01  CURRENT-REGION            PIC X(10).
       01  LINES-READ                PIC 9(7)  COMP VALUE 0.

       01  REGION-TOTAL.
           05  REGION-COUNT          PIC 9(7)  COMP VALUE 0.
           05  REGION-AMOUNT         PIC 9(9)V99 COMP-3 VALUE 0.
       01  GRAND-TOTAL.
           05  GRAND-COUNT           PIC 9(7)  COMP VALUE 0.
           05  GRAND-AMOUNT          PIC 9(9)V99 COMP-3 VALUE 0.

       01  HEADING-LINE.
           05  FILLER                PIC X(12) VALUE "Region".
           05  FILLER                PIC X(14) VALUE "Shop".
           05  FILLER                PIC X(8)  VALUE "   Sales".
           05  FILLER                PIC X(16)
                                     VALUE "          Amount".
       01  RULE-LINE                 PIC X(50) VALUE ALL "-".
       01  DETAIL-LINE.
           05  DETAIL-REGION         PIC X(12).
           05  DETAIL-SHOP           PIC X(14).
           05  DETAIL-COUNT          PIC Z,ZZZ,ZZ9.
           05  DETAIL-AMOUNT         PIC ZZZ,ZZZ,ZZ9.99.

       PROCEDURE DIVISION.
       MAIN-SECTION.
           PERFORM OPEN-SALES
           DISPLAY "Sales by region"
           DISPLAY HEADING-LINE
           DISPLAY RULE-LINE
           PERFORM READ-SALES
           PERFORM UNTIL SALES-END
               MOVE SALES-REGION TO CURRENT-REGION
               PERFORM REGION-GROUP UNTIL SALES-END
                   OR SALES-REGION NOT = CURRENT-REGION
               PERFORM REGION-BREAK
           END-PERFORM
           DISPLAY RULE-LINE
           MOVE "All regions" TO DETAIL-REGION
           MOVE SPACES TO DETAIL-SHOP
           MOVE GRAND-COUNT TO DETAIL-COUNT
           MOVE GRAND-AMOUNT TO DETAIL-AMOUNT
           DISPLAY DETAIL-LINE
           CLOSE SALES-FILE
           IF LINES-READ = 0
               DISPLAY "Sales by region: the file is empty"
               MOVE 8 TO RETURN-CODE
           END-IF
           STOP RUN.

       OPEN-SALES.
           ACCEPT SALES-PATH FROM ENVIRONMENT "dd_SALES"
               ON EXCEPTION MOVE SPACES TO SALES-PATH
           END-ACCEPT
           IF SALES-PATH = SPACES
               MOVE "../extracts/SALES.DAT" TO SALES-PATH
           END-IF
           OPEN INPUT SALES-FILE
           IF NOT SALES-OK
               DISPLAY "Sales by region: cannot open "
                   FUNCTION TRIM(SALES-PATH)
                   ", file status " SALES-STATUS
               MOVE 12 TO RETURN-CODE
               STOP RUN
           END-IF.

       READ-SALES.
           READ SALES-FILE
               NOT AT END ADD 1 TO LINES-READ
           END-READ
           IF NOT SALES-OK AND NOT SALES-END
               DISPLAY "Sales by region: line " LINES-READ
                   " cannot be read, file status " SALES-STATUS
               MOVE 12 TO RETURN-CODE
               STOP RUN
           END-IF
           IF SALES-OK AND (SALES-COUNT IS NOT NUMERIC
               OR SALES-AMOUNT IS NOT NUMERIC)
               DISPLAY "Sales by region: line " LINES-READ
                   " has no numbers: " SALES-RECORD
               MOVE 12 TO RETURN-CODE
               STOP RUN
           END-IF.

       REGION-GROUP.
           MOVE SALES-REGION TO DETAIL-REGION
           MOVE SALES-SHOP TO DETAIL-SHOP
           MOVE SALES-COUNT TO DETAIL-COUNT
           MOVE SALES-AMOUNT TO DETAIL-AMOUNT
           DISPLAY DETAIL-LINE
           ADD SALES-COUNT TO REGION-COUNT
           ADD SALES-AMOUNT TO REGION-AMOUNT
           PERFORM READ-SALES.

       REGION-BREAK.
           MOVE CURRENT-REGION TO DETAIL-REGION
           MOVE "total" TO DETAIL-SHOP
           MOVE REGION-COUNT TO DETAIL-COUNT
           MOVE REGION-AMOUNT TO DETAIL-AMOUNT
           DISPLAY DETAIL-LINE
           ADD REGION-COUNT TO GRAND-COUNT
           ADD REGION-AMOUNT TO GRAND-AMOUNT
           INITIALIZE REGION-TOTAL.
