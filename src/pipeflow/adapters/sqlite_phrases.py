"""The phrases of the texts in a firm's file, so that they are not kept over and over.

A text that was packed with them is read with the very same ones: they never change. Whoever wants
better ones adds a second book of phrases, with a number of its own, and keeps this one.
"""

from __future__ import annotations

__all__ = ["PHRASES"]

# As jobs, histories and requests write them: what is rare stands first, what is frequent last.
PHRASES = "".join(
    r"""
{"account":"account-","due":"2027-","period":"2027-","schedule":"","type":"period_timer"}{"schedu
le":"","type":"schedule_timer"}{"item":"job-","job":"job-","number":1,"type":"reminder_timer"}{"j
ob":"job-","of":"1","trigger":"time-in-stage","type":"trigger_timer"}{"account":"account-","attac
hments":[],"body":"","client_tasks":[],"item":"job-","job":"job-","key":"default/job-","reply_to"
:null,"sender":null,"subject":"","template":"","thread":"new","to":[""],"type":"message"}{"accoun
t":"account-","description":"","email_text":"","item":"job-","job":"job-","key":"default/job-","l
ines":[{"description":"","quantity":"1","rate":{"amount":"100.00","currency":"USD"}}],"name":"","
note":"","on_account":false,"payment":"both","template":"","to":["@example.com"],"totals":{"disco
unt":null,"subtotal":{"amount":"0.00","currency":"USD"},"tax":{"amount":"0.00","currency":"USD"},
"total":{"amount":"0.00","currency":"USD"}},"type":"invoice"}{"account":"account-","folder":"","i
tem":"job-","job":"job-","key":"default/job-","name":"","notify_on_upload":false,"questions":[{"c
hoices":[],"id":"","kind":"text","required":true,"text":""}],"sections":[{"name":"","questions":[
]}],"template":"","title":"","to":["],"type":"organizer"}"email_text":"","in_order":false,"introd
uction":"","later":[],"member":null,"packages":[],"services":[],"signatories":[{"email":"","id":"
contact-","name":"Contact"}],"signatures":"all","terms":"","title":"","type":"proposal"}"accept":
false,"due":null,"uploads":[],"type":"client_request"}{"account":"account-","attachments":[],"bod
y":"Hello,\n","format":"text","item":null,"job":"job-","key":"default/job-","kind":"automation","
number":null,"sender":null,"subject":"","template":"mail-","to":["@example.com"],"type":"email"}{
"account":"account-","assignees":[],"description":"","due":null,"item":"job-","job":"job-","key":
"default/job-","name":"","priority":"medium","start":null,"subtasks":[],"tags":[],"template":"tas
k-","type":"task"}{"access":[],"account_type":"individual","active":true,"answered":[],"balance":
null,"contacts":[{"city":"","company":"","country":"","email":"@example.com","email_sync":false,"
fields":{},"first_name":"","id":"contact-","last_name":"","login":false,"middle_name":"","name":"
","notify":true,"phone":"","signatory":true,"state":"","street":"","zip_code":""}],"fields":{},"i
d":"account-","language":"","name":"Client ","revision":null,"roles":{},"tags":[""],"type":"accou
nt"}{"bounced":[],"items":["job-/1"],"type":"ref_row"}{"cleared":[],"credits":{},"failed":[],"pay
ments":[{"amount":{"amount":"","currency":"USD"},"cleared":true,"reference":null}],"refunded":{},
"settled":false,"total":null,"type":"invoice_state"}{"accept":false,"answers":{},"questions":[],"
type":"questionnaire"}{"declined":[],"in_order":false,"invoice":null,"package":null,"packages":[]
,"required":"all","signatories":[],"signed":[],"type":"signing_state"}{"checked":[],"client_tasks
":[],"replied":false,"type":"checklist"}"reminders":{"after":"P3D","body":"","every":"P3D","subje
ct":"","then":[],"times":3}{"at":"2027-","due":"default/job-","of":"1","trigger":""}{"due":null,"
period":"","schedule":"","type":"job_scheduled"}{"reason":"condition","stage":"","type":"stage_sk
ipped"}{"automation":"","cause":"condition","reason":"","stage":"","type":"automation_skipped"}{"
automation":"","key":"default/job-","reason":"","stage":"","type":"automation_failed"}{"added":[]
,"cause":"","removed":[],"type":"assignees_changed"}{"item":"job-","name":"","type":"item_linked"
}{"fact":{"type":"invoice_paid"},"item":"job-","name":"","note":"","type":"fact_recorded"}{"due":
null,"item":"job-","name":"","reason":"","type":"item_resolved"}{"item":"job-","name":"","type":"
reminder_asked"}{"item":"job-","name":"","number":1,"to":["@example.com"],"type":"reminder_sent"}
{"due":"2027-","item":"job-","name":"","reminders":{},"type":"reminders_set"}{"due":null,"item":"
job-","name":"","reason":"","type":"reminders_stopped"}{"scope":0,"source":"Active","status":"Com
pleted","type":"status_changed"}{"attempt":1,"error":"","key":"default/job-","port":"","retry_at"
:"2027-","type":"request_failed"}{"key":"default/job-","type":"request_withdrawn"}{"text":"","typ
e":"warned"}{"account":"account-","alarms":[],"armed":0,"assignees":[],"blocked":[],"carried":[],
"client_view":null,"comments":"","created":"2027-01-01T00:00:00Z","description":"","due":null,"ed
ition":1,"entered":"2027-","fired":[],"follow_ups":[],"highest":0,"id":"job-","items":[{"asked":0
,"assignees":[],"created":"2027-01-01T00:00:00Z","delivered":null,"due":null,"id":"job-/1","job":
"job-","kind":"task","marks":[],"name":"","nudged":0,"origin":"create-task-","pipeline":"","progr
ess":null,"ref":{"id":"","port":"tasks"},"remind_at":null,"reminded":0,"reminder_texts":[],"remin
ders":null,"reopened":null,"request":"default/job-/1/create-","scope":0,"stage":"","state":"compl
eted","template":"task-","timer":null,"titled":"","told":0,"visit":1}],"name":"","paused":null,"p
ipeline":"","present":0,"priority":"medium","scope":0,"stage":"","start":null,"starter":"","statu
s":"Active","time_budget":null,"type":"job","visit":1},"request":null,"scope":0,"stage":"","state
":"pending","template":{"actor":"system","at":"2027-01-01T00:00:00Z","events":[{"account":"accoun
t-","name":"","pipeline":"","stage":"","starter":"","type":"job_started"},{"fact":{"type":"task_c
ompleted"},"item":"job-/1","name":"","type":"item_completed"},{"cause":"automove","source":"","st
age":"","type":"job_moved","visit":2},{"automation":"update-account-tags","item":null,"kind":"upd
ate_account_tags","stage":"","type":"automation_ran"},{"account":"account-","added":[""],"cause":
"update-account-tags","removed":[""],"type":"tags_changed"},{"automation":"send-email-","item":nu
ll,"kind":"send_email","stage":"","type":"automation_ran"},{"automation":"create-task-","item":"j
ob-/1","kind":"create_task","stage":"","type":"automation_ran"},{"items":[""],"reason":"open_item
s","stage":"","type":"job_waits"}],"job":"job-"}{"actor":"system","at":"2027-","events":[{"key":"
default/job-/1/create-task-","port":"tasks","ref":"","to":[],"type":"request_delivered"}],"job":"
job-"}{"actor":"system","at":"2027-","events":[{"key":"default/job-/1/send-email-","port":"email"
,"ref":null,"to":["@example.com"],"type":"request_delivered"}],"job":"job-"}
""".splitlines()
)
