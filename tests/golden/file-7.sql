PRAGMA application_id = 1885760631;
PRAGMA user_version = 7;
BEGIN TRANSACTION;
CREATE TABLE pf_command (
            tenant TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, result TEXT,
            PRIMARY KEY (tenant, id)
        );
INSERT INTO "pf_command" VALUES('one','c',1798794000000000,'{"named":[["tax","p1"]],"rows":[["job","j1"]],"said":"{\"do\":\"start\"}"}');
INSERT INTO "pf_command" VALUES('one','d',1798794060000000,NULL);
CREATE TABLE pf_count (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
            number INTEGER NOT NULL, PRIMARY KEY (tenant, kind, field, value)
        ) WITHOUT ROWID;
INSERT INTO "pf_count" VALUES('one','job','column','3:tax/work',4);
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
INSERT INTO "pf_row" VALUES('one','job','j1',1,'{"account":["ada"],"column":["3:tax/work"],"entered":["1101798794000"],"pipeline":["tax"],"place":["10:3:tax/work/1101798794000"],"priority":["medium"],"since":["1101798794000"],"stage":["3:tax/work"],"status":["Active"]}',X'014349BC29892057D2AD8D6049641B01B55D002DF49034A7219A0998CD025062852539440DE20512C6598780C69789A846A0A9B43CBF089AF8512A1072EB0C00');
INSERT INTO "pf_row" VALUES('one','account','ada',1,'{"name":["ada"],"tag":["vip"]}',X'01C33BCA011CD9051604B8073840CD39A4110D50358DD19F4F49041A80B52BEF089622A21B5F965980AD270F00');
INSERT INTO "pf_row" VALUES('one','member','a',2,'{}',X'01033B1369F402EA0A503600573BD0EE136C18A2A43C1F6D24025C15018511993C04CC41EF9E435D041DF7AB0500');
INSERT INTO "pf_row" VALUES('one','job','j2',1,'{"account":["ada"],"assignee":["tom"],"column":["3:tax/work"],"deadline":["2027-04-15"],"due":["2027-04-15"],"entered":["1101798794000"],"pipeline":["tax"],"place":["10:3:tax/work/1101798794000"],"priority":["medium"],"since":["1101798794000"],"stage":["3:tax/work"],"status":["Active"],"work":["invoice","task"],"work_due":["2027-02-01","~"],"work_member":["mia"],"worker":["mia"]}',X'01B599C10E83201044BF883425EDA1E7261EFC0B636BE2A989177F5F6619CB92A240A3775C566677F68951F1BE3A64996404B78F043E1C141E3950A0D5DDCCF58E638B21810EA8820C81197E19C1B292F708C1DD7F74D2B2494C88D24D6102D3B5CE99B199E082D5B0801C72A8F0F41FC6395CE8FDB20264D034700E1E7C07A774EEFC9968089B93CD79A2BF8E2D270078541DD565E5D254672FD086DDA1645A2F375250D7BC31A77684E2C3669085055291EE4683FA61DF33C8E98C572FA27FAD0A0D03C5B538E24D8EC33F9E0294E3A408F51641DCBFDCB600');
INSERT INTO "pf_row" VALUES('one','job','j4',1,'{"account":["ada"],"column":["3:tax/work"],"entered":["1101798794000"],"pipeline":["tax"],"place":["10:3:tax/work/1101798794000"],"priority":["medium"],"since":["1101798794000"],"stage":["3:tax/work"],"status":["Active"],"work":["organizer"],"work_due":["~"]}',X'01C5995B0E02210C45333B710393F0A83CB6E02E284C7F4DFC71FB42868C80A20EC9C47F1E4DB96D4F2E9578834B51FE8517EC4E5E881DB4E185DC0C8B83680F3E4016F9103C54D17F830728D1215D9B6BE969AEAE4E6984C4D5298A4FF64A139C013B955BDEB1C5FD7A4B75D9638A9F9D81C958F2E49D909C3303563122A5801B3288123968A66171203D43CD5121C1720E4E081206145098364936CE42A5E523F1A5377F73FD6F999C5362E732B19FC673FC4B69560F01CD25C9A08B34E9BB63846AF2EB1F42360F');
INSERT INTO "pf_row" VALUES('one','job','j5',1,'{"account":["ada"],"column":["3:tax/work"],"entered":["1101798794000"],"pipeline":["tax"],"place":["10:3:tax/work/1101798794000"],"priority":["medium"],"since":["1101798794000"],"stage":["3:tax/work"],"status":["Active"],"work":["organizer"],"work_due":["~"]}',X'01C599490EC3200C45959BF4029118CC7485DE8221DE56EAA6D72F28280552DA0629EA9EC132DFF6D3A7126FB029CABFF08239C80BB18336BC909B6171101EC10791453E040F55F4DFE04194E890AECDB5F4325757A73442E2EA14C527DBD30425402EE596776CF1B8DD535DF698E2676760D2063D7ACB38A544839104514AA01AB573DC515044C162817BE21475D2212C2258C69069908061DA24D9380B9596CFC497DEFCCDF5BF65724E899DCBC47E1ACFF12FA5593D0434D724832ED2A4EF8E11AAC9AF7F0AD93C01');
INSERT INTO "pf_row" VALUES('one','job','j6',1,'{"account":["ada"],"entered":["1101798707600"],"pipeline":["tax"],"priority":["medium"],"stage":["3:tax/work"],"status":["Archived"]}',X'014349BC29892057D2B3BD60A66B68A46B0C2CC32C496C2F004B5094F6023683D248693E984113396A9DED0512C659D780C6A1C9A96ECAF38BA0D985609553949C018C3970E5496CA50300');
CREATE TABLE pf_term (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
            id TEXT NOT NULL, PRIMARY KEY (tenant, kind, field, value, id)
        ) WITHOUT ROWID;
INSERT INTO "pf_term" VALUES('one','account','name','ada','ada');
INSERT INTO "pf_term" VALUES('one','account','tag','vip','ada');
INSERT INTO "pf_term" VALUES('one','job','account','ada','j1');
INSERT INTO "pf_term" VALUES('one','job','account','ada','j2');
INSERT INTO "pf_term" VALUES('one','job','account','ada','j4');
INSERT INTO "pf_term" VALUES('one','job','account','ada','j5');
INSERT INTO "pf_term" VALUES('one','job','account','ada','j6');
INSERT INTO "pf_term" VALUES('one','job','assignee','tom','j2');
INSERT INTO "pf_term" VALUES('one','job','column','3:tax/work','j1');
INSERT INTO "pf_term" VALUES('one','job','column','3:tax/work','j2');
INSERT INTO "pf_term" VALUES('one','job','column','3:tax/work','j4');
INSERT INTO "pf_term" VALUES('one','job','column','3:tax/work','j5');
INSERT INTO "pf_term" VALUES('one','job','deadline','2027-04-15','j2');
INSERT INTO "pf_term" VALUES('one','job','due','2027-04-15','j2');
INSERT INTO "pf_term" VALUES('one','job','entered','1101798707600','j6');
INSERT INTO "pf_term" VALUES('one','job','entered','1101798794000','j1');
INSERT INTO "pf_term" VALUES('one','job','entered','1101798794000','j2');
INSERT INTO "pf_term" VALUES('one','job','entered','1101798794000','j4');
INSERT INTO "pf_term" VALUES('one','job','entered','1101798794000','j5');
INSERT INTO "pf_term" VALUES('one','job','pipeline','tax','j1');
INSERT INTO "pf_term" VALUES('one','job','pipeline','tax','j2');
INSERT INTO "pf_term" VALUES('one','job','pipeline','tax','j4');
INSERT INTO "pf_term" VALUES('one','job','pipeline','tax','j5');
INSERT INTO "pf_term" VALUES('one','job','pipeline','tax','j6');
INSERT INTO "pf_term" VALUES('one','job','place','10:3:tax/work/1101798794000','j1');
INSERT INTO "pf_term" VALUES('one','job','place','10:3:tax/work/1101798794000','j2');
INSERT INTO "pf_term" VALUES('one','job','place','10:3:tax/work/1101798794000','j4');
INSERT INTO "pf_term" VALUES('one','job','place','10:3:tax/work/1101798794000','j5');
INSERT INTO "pf_term" VALUES('one','job','priority','medium','j1');
INSERT INTO "pf_term" VALUES('one','job','priority','medium','j2');
INSERT INTO "pf_term" VALUES('one','job','priority','medium','j4');
INSERT INTO "pf_term" VALUES('one','job','priority','medium','j5');
INSERT INTO "pf_term" VALUES('one','job','priority','medium','j6');
INSERT INTO "pf_term" VALUES('one','job','since','1101798794000','j1');
INSERT INTO "pf_term" VALUES('one','job','since','1101798794000','j2');
INSERT INTO "pf_term" VALUES('one','job','since','1101798794000','j4');
INSERT INTO "pf_term" VALUES('one','job','since','1101798794000','j5');
INSERT INTO "pf_term" VALUES('one','job','stage','3:tax/work','j1');
INSERT INTO "pf_term" VALUES('one','job','stage','3:tax/work','j2');
INSERT INTO "pf_term" VALUES('one','job','stage','3:tax/work','j4');
INSERT INTO "pf_term" VALUES('one','job','stage','3:tax/work','j5');
INSERT INTO "pf_term" VALUES('one','job','stage','3:tax/work','j6');
INSERT INTO "pf_term" VALUES('one','job','status','Active','j1');
INSERT INTO "pf_term" VALUES('one','job','status','Active','j2');
INSERT INTO "pf_term" VALUES('one','job','status','Active','j4');
INSERT INTO "pf_term" VALUES('one','job','status','Active','j5');
INSERT INTO "pf_term" VALUES('one','job','status','Archived','j6');
INSERT INTO "pf_term" VALUES('one','job','work','invoice','j2');
INSERT INTO "pf_term" VALUES('one','job','work','organizer','j4');
INSERT INTO "pf_term" VALUES('one','job','work','organizer','j5');
INSERT INTO "pf_term" VALUES('one','job','work','task','j2');
INSERT INTO "pf_term" VALUES('one','job','work_due','2027-02-01','j2');
INSERT INTO "pf_term" VALUES('one','job','work_due','~','j2');
INSERT INTO "pf_term" VALUES('one','job','work_due','~','j4');
INSERT INTO "pf_term" VALUES('one','job','work_due','~','j5');
INSERT INTO "pf_term" VALUES('one','job','work_member','mia','j2');
INSERT INTO "pf_term" VALUES('one','job','worker','mia','j2');
CREATE TABLE pf_value (hash TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "pf_value" VALUES('89fcfca2311084960ff66418f8bb3b147074ea43c0b71b6bf4e5da22f28464fd',X'01035A8F18648C568A0456923A20836375A295FCF2A16C50FD0BEAA8C3ECCC48CD2980040B2C1980C729C10E83F5ED60FD2E486BC5253345A132BF5421BF3C4F215121A9B418347A5D6C0FC9F7F0414EDADB0FCA670A25F90A89C0567A466A9102B8E8A5BF338A81A37DC070C8C807960A0AF9450AC0A18E14A02B6201');
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
CREATE TRIGGER pf_term_came AFTER INSERT ON pf_term WHEN NEW.field = 'column' BEGIN
            INSERT INTO pf_count VALUES (NEW.tenant, NEW.kind, NEW.field, NEW.value, 1)
                ON CONFLICT (tenant, kind, field, value) DO UPDATE SET number = number + 1;
        END;
CREATE TRIGGER pf_term_went AFTER DELETE ON pf_term WHEN OLD.field = 'column' BEGIN
            UPDATE pf_count SET number = number - 1 WHERE tenant = OLD.tenant
                AND kind = OLD.kind AND field = OLD.field AND value = OLD.value;
        END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('pf_event',4);
COMMIT;
