PRAGMA application_id = 1885760631;
PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE pf_command (
            tenant TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, result TEXT,
            PRIMARY KEY (tenant, id)
        );
INSERT INTO "pf_command" VALUES('one','c',1798794000000000,'{"named":[["tax","p1"]],"rows":[["job","j1"]],"said":"{\"do\":\"start\"}"}');
INSERT INTO "pf_command" VALUES('one','d',1798794060000000,NULL);
CREATE TABLE pf_due (
            tenant TEXT NOT NULL, key TEXT NOT NULL, job TEXT NOT NULL, asks TEXT NOT NULL,
            state TEXT NOT NULL, at INTEGER NOT NULL, first INTEGER NOT NULL, no INTEGER NOT NULL,
            depth INTEGER NOT NULL, token INTEGER NOT NULL, called INTEGER NOT NULL,
            attempt INTEGER NOT NULL, until INTEGER, owner TEXT, tried INTEGER NOT NULL,
            withdrawn INTEGER NOT NULL, error TEXT NOT NULL, ended INTEGER, data TEXT,
            PRIMARY KEY (tenant, key)
        );
INSERT INTO "pf_due" VALUES('one','done','job-1','email','done',1798794000000000,1798794000000000,0,0,1,1,1,NULL,NULL,0,0,'',1798794000000000,NULL);
INSERT INTO "pf_due" VALUES('one','dead','job-1','email','wait',1798794120000000,1798794000000000,0,2,1,1,0,NULL,NULL,1,0,'never',NULL,X'01C3967841F18B6B9C2A04322645DC181538A1403D071CE3A464700A3C3E068A074415529E9A03F42DB83C068741624A22FE612A00');
INSERT INTO "pf_due" VALUES('one','retry','job-1','email','wait',1798794060000000,1798794000000000,0,0,1,1,1,NULL,NULL,1,0,'busy',NULL,X'01C3967841F18B6B9C2A04322645DC181538A1803D076E1121920D19A353E00132504420EA90F2D41CA077C105323810125312F18F530100');
INSERT INTO "pf_due" VALUES('one','cancelled','job-1','email','cancelled',1798794000000000,1798794000000000,0,0,0,0,0,NULL,NULL,0,0,'',1798794000000000,NULL);
INSERT INTO "pf_due" VALUES('one','marked','job-1','email','leased',1798794000000000,1798794000000000,0,0,1,0,0,1798794060000000,'me',0,1,'',NULL,X'01C3967841F18B6B9C2A04322645DC181538A1803D07AA0DC1F994FCE129F008192826109548796A0ED0BFE012191C0A892989F807AA00');
INSERT INTO "pf_due" VALUES('one','k','job-1','email','leased',1798794000000000,1798794000000000,0,0,1,1,1,1798794060000000,'me',0,0,'',NULL,X'01C3967841F18B6B9C2A04322645DC181538A1803D074A1DE48F4C8107C7409180A83FCA5373805E0517C6E000484C49C43F460500');
INSERT INTO "pf_due" VALUES('one','timer','job-1','','wait',1833354000000000,1833354000000000,0,0,0,0,0,NULL,NULL,0,0,'',NULL,'{"item":"job-1/1","job":"job-1","number":1,"type":"reminder_timer"}');
INSERT INTO "pf_due" VALUES('one','gone','job-9','','cancelled',1798794000000000,1798794000000000,0,0,0,0,0,NULL,NULL,0,0,'',1798794000000000,NULL);
CREATE TABLE pf_event (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, kind TEXT NOT NULL,
            id TEXT NOT NULL, data TEXT NOT NULL
        );
INSERT INTO "pf_event" VALUES(1,'one','member','b',X'0123A67CB1C45ABE40DB21E09E0C6A4304C50A43A55A00');
INSERT INTO "pf_event" VALUES(2,'one','member','a',X'0123A67CB1C45ABE40DB2146884882354450AC3054AA0500');
INSERT INTO "pf_event" VALUES(3,'one','member','a',X'0123A67CB1C45ABE40DB21C6884882354450AC3054AA0500');
INSERT INTO "pf_event" VALUES(4,'one','member','b',X'0123A67CB1C45ABE40DB2126884882354450AC3054AA0500');
CREATE TABLE pf_gone (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
            PRIMARY KEY (tenant, kind, id)
        ) WITHOUT ROWID;
INSERT INTO "pf_gone" VALUES('one','member','b',1);
CREATE TABLE pf_row (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
            terms TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (tenant, kind, id)
        );
INSERT INTO "pf_row" VALUES('one','job','j1',1,'{"account":["ada"],"pipeline":["tax"],"priority":["medium"],"since":["1101798794000"],"stage":["work"],"status":["Active"]}',X'014349BC29892057D2AD8D6049641B01B55D002DF49034A7219A0998CD025062852539440DE20512C6598780C69789A846A0A9B43CBF089AF8512A1072EB0C00');
INSERT INTO "pf_row" VALUES('one','account','ada',1,'{"name":["ada"],"tag":["vip"]}',X'01C33BCA011CD9051604B8073840CD39A4110D50358DD19F4F49041A80B52BEF089622A21B5F965980AD270F00');
INSERT INTO "pf_row" VALUES('one','member','a',2,'{}',X'01033B1369F402EA0A503600573BD0EE136C18A2A43C1F6D24025C15018511993C04CC41EF9E435D041DF7AB0500');
INSERT INTO "pf_row" VALUES('one','job','j2',1,'{"account":["ada"],"assignee":["tom"],"deadline":["2027-04-15"],"due":["2027-04-15"],"pipeline":["tax"],"priority":["medium"],"since":["1101798794000"],"stage":["work"],"status":["Active"],"work":["invoice","task"],"work_due":["2027-02-01","~"],"work_member":["mia"],"worker":["mia"]}',X'01B599C10E83201044BF883425EDA1E7261EFC0B636BE2A989177F5F6619CB92A240A3775C566677F68951F1BE3A64996404B78F043E1C141E3950A0D5DDCCF58E638B21810EA8820C81197E19C1B292F708C1DD7F74D2B2494C88D24D6102D3B5CE99B199E082D5B0801C72A8F0F41FC6395CE8FDB20264D034700E1E7C07A774EEFC9968089B93CD79A2BF8E2D270078541DD565E5D254672FD086DDA1645A2F375250D7BC31A77684E2C3669085055291EE4683FA61DF33C8E98C572FA27FAD0A0D03C5B538E24D8EC33F9E0294E3A408F51641DCBFDCB600');
CREATE TABLE pf_term (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
            id TEXT NOT NULL, PRIMARY KEY (tenant, kind, field, value, id)
        ) WITHOUT ROWID;
INSERT INTO "pf_term" VALUES('one','account','name','ada','ada');
INSERT INTO "pf_term" VALUES('one','account','tag','vip','ada');
INSERT INTO "pf_term" VALUES('one','job','account','ada','j1');
INSERT INTO "pf_term" VALUES('one','job','account','ada','j2');
INSERT INTO "pf_term" VALUES('one','job','assignee','tom','j2');
INSERT INTO "pf_term" VALUES('one','job','deadline','2027-04-15','j2');
INSERT INTO "pf_term" VALUES('one','job','due','2027-04-15','j2');
INSERT INTO "pf_term" VALUES('one','job','pipeline','tax','j1');
INSERT INTO "pf_term" VALUES('one','job','pipeline','tax','j2');
INSERT INTO "pf_term" VALUES('one','job','priority','medium','j1');
INSERT INTO "pf_term" VALUES('one','job','priority','medium','j2');
INSERT INTO "pf_term" VALUES('one','job','since','1101798794000','j1');
INSERT INTO "pf_term" VALUES('one','job','since','1101798794000','j2');
INSERT INTO "pf_term" VALUES('one','job','stage','work','j1');
INSERT INTO "pf_term" VALUES('one','job','stage','work','j2');
INSERT INTO "pf_term" VALUES('one','job','status','Active','j1');
INSERT INTO "pf_term" VALUES('one','job','status','Active','j2');
INSERT INTO "pf_term" VALUES('one','job','work','invoice','j2');
INSERT INTO "pf_term" VALUES('one','job','work','task','j2');
INSERT INTO "pf_term" VALUES('one','job','work_due','2027-02-01','j2');
INSERT INTO "pf_term" VALUES('one','job','work_due','~','j2');
INSERT INTO "pf_term" VALUES('one','job','work_member','mia','j2');
INSERT INTO "pf_term" VALUES('one','job','worker','mia','j2');
CREATE INDEX pf_event_of_row ON pf_event (tenant, kind, id, seq);
CREATE INDEX pf_event_of_firm ON pf_event (tenant, seq);
CREATE INDEX pf_due_waits_of_firm ON pf_due (tenant, at, no, key, asks)
            WHERE state = 'wait';
CREATE INDEX pf_due_waits ON pf_due (at, no, tenant, key, asks) WHERE state = 'wait';
CREATE INDEX pf_due_leased ON pf_due (until, tenant, asks) WHERE state = 'leased';
CREATE INDEX pf_due_tried ON pf_due (tenant, first, no, key) WHERE tried = 1;
CREATE INDEX pf_due_tried_of_job ON pf_due (tenant, job, first, no, key) WHERE tried = 1;
CREATE INDEX pf_command_at ON pf_command (tenant, at);
CREATE INDEX pf_due_over ON pf_due (tenant, ended) WHERE ended IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('pf_event',4);
COMMIT;
