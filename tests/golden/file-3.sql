PRAGMA application_id = 1885760631;
PRAGMA user_version = 3;
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
INSERT INTO "pf_due" VALUES('one','dead','job-1','email','wait',1798794120000000,1798794000000000,0,2,1,1,0,NULL,NULL,1,0,'never',NULL,'{"account":"account-1","attachments":[],"body":"Text","format":"text","item":null,"job":"job-1","key":"dead","kind":"automation","number":null,"sender":null,"subject":"Hello","template":"welcome","to":["ada@example.com"],"type":"email"}');
INSERT INTO "pf_due" VALUES('one','retry','job-1','email','wait',1798794060000000,1798794000000000,0,0,1,1,1,NULL,NULL,1,0,'busy',NULL,'{"account":"account-1","attachments":[],"body":"Text","format":"text","item":null,"job":"job-1","key":"retry","kind":"automation","number":null,"sender":null,"subject":"Hello","template":"welcome","to":["ada@example.com"],"type":"email"}');
INSERT INTO "pf_due" VALUES('one','cancelled','job-1','email','cancelled',1798794000000000,1798794000000000,0,0,0,0,0,NULL,NULL,0,0,'',1798794000000000,NULL);
INSERT INTO "pf_due" VALUES('one','marked','job-1','email','leased',1798794000000000,1798794000000000,0,0,1,0,0,1798794060000000,'me',0,1,'',NULL,'{"account":"account-1","attachments":[],"body":"Text","format":"text","item":null,"job":"job-1","key":"marked","kind":"automation","number":null,"sender":null,"subject":"Hello","template":"welcome","to":["ada@example.com"],"type":"email"}');
INSERT INTO "pf_due" VALUES('one','k','job-1','email','leased',1798794000000000,1798794000000000,0,0,1,1,1,1798794060000000,'me',0,0,'',NULL,'{"account":"account-1","attachments":[],"body":"Text","format":"text","item":null,"job":"job-1","key":"k","kind":"automation","number":null,"sender":null,"subject":"Hello","template":"welcome","to":["ada@example.com"],"type":"email"}');
INSERT INTO "pf_due" VALUES('one','timer','job-1','','wait',1833354000000000,1833354000000000,0,0,0,0,0,NULL,NULL,0,0,'',NULL,'{"item":"job-1/1","job":"job-1","number":1,"type":"reminder_timer"}');
INSERT INTO "pf_due" VALUES('one','gone','job-9','','cancelled',1798794000000000,1798794000000000,0,0,0,0,0,NULL,NULL,0,0,'',1798794000000000,NULL);
CREATE TABLE pf_event (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, kind TEXT NOT NULL,
            id TEXT NOT NULL, data TEXT NOT NULL
        );
INSERT INTO "pf_event" VALUES(1,'one','member','b','{"actor":"system","at":"2027-01-01T09:00:00Z","events":[{"text":"1","type":"warned"}],"job":"job-1"}');
INSERT INTO "pf_event" VALUES(2,'one','member','a','{"actor":"system","at":"2027-01-01T09:00:00Z","events":[{"text":"2","type":"warned"}],"job":"job-1"}');
INSERT INTO "pf_event" VALUES(3,'one','member','a','{"actor":"system","at":"2027-01-01T09:00:00Z","events":[{"text":"3","type":"warned"}],"job":"job-1"}');
INSERT INTO "pf_event" VALUES(4,'one','member','b','{"actor":"system","at":"2027-01-01T09:00:00Z","events":[{"text":"4","type":"warned"}],"job":"job-1"}');
CREATE TABLE pf_gone (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
            PRIMARY KEY (tenant, kind, id)
        ) WITHOUT ROWID;
INSERT INTO "pf_gone" VALUES('one','member','b',1);
CREATE TABLE pf_row (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
            terms TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (tenant, kind, id)
        );
INSERT INTO "pf_row" VALUES('one','job','j1',1,'{"account":["ada"],"pipeline":["tax"],"priority":["medium"],"since":["1101798794000"],"stage":["work"],"status":["Active"]}','{"account":"ada","armed":0,"assignees":[],"blocked":[],"carried":[],"client_view":null,"comments":"","created":"2027-01-01T09:00:00Z","description":"","due":null,"entered":"2027-01-01T09:00:00Z","fired":[],"highest":0,"id":"j1","items":[],"name":"J1","paused":null,"pipeline":"tax","present":0,"priority":"medium","stage":"work","start":null,"status":"Active","time_budget":null,"type":"job","visit":1}');
INSERT INTO "pf_row" VALUES('one','account','ada',1,'{"name":["ada"],"tag":["vip"]}','{"access":[],"account_type":"other","active":true,"answered":{},"contacts":[],"fields":{},"id":"ada","language":"","name":"Ada","revision":null,"roles":{},"tags":["vip"],"type":"account"}');
INSERT INTO "pf_row" VALUES('one','member','a',2,'{}','{"active":true,"default_access":false,"email":"two@example.com","id":"two","name":"Two","revision":null,"type":"member"}');
INSERT INTO "pf_row" VALUES('one','job','j2',1,'{"account":["ada"],"assignee":["tom"],"deadline":["2027-04-15"],"due":["2027-04-15"],"pipeline":["tax"],"priority":["medium"],"since":["1101798794000"],"stage":["work"],"status":["Active"],"work":["invoice","task"],"work_due":["2027-02-01","~"],"work_member":["mia"],"worker":["mia"]}','{"account":"ada","armed":0,"assignees":["tom"],"blocked":[],"carried":[],"client_view":null,"comments":"","created":"2027-01-01T09:00:00Z","description":"","due":"2027-04-15","entered":"2027-01-01T09:00:00Z","fired":[],"highest":0,"id":"j2","items":[{"asked":0,"assignees":["mia"],"created":"2027-01-01T09:00:00Z","delivered":null,"due":"2027-02-01","id":"j2/1","job":"j2","kind":"task","marks":[],"name":"Call","nudged":0,"origin":"create-task-call","pipeline":"","progress":null,"ref":null,"remind_at":null,"reminded":0,"reminder_texts":[],"reminders":null,"reopened":null,"request":null,"stage":"work","state":"pending","template":"call","timer":null,"titled":"","told":0,"visit":1},{"asked":0,"assignees":[],"created":"2027-01-01T09:00:00Z","delivered":null,"due":null,"id":"j2/2","job":"j2","kind":"invoice","marks":[],"name":"Fee","nudged":0,"origin":"create-invoice-fee","pipeline":"","progress":null,"ref":{"id":"i-1","port":"invoices"},"remind_at":null,"reminded":0,"reminder_texts":[],"reminders":null,"reopened":null,"request":null,"stage":"work","state":"pending","template":"fee","timer":null,"titled":"","told":0,"visit":1}],"name":"J2","paused":null,"pipeline":"tax","present":0,"priority":"medium","stage":"work","start":null,"status":"Active","time_budget":null,"type":"job","visit":1}');
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
CREATE INDEX pf_due_over ON pf_due (tenant, ended, key) WHERE ended IS NOT NULL;
CREATE INDEX pf_command_at ON pf_command (tenant, at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('pf_event',4);
COMMIT;
