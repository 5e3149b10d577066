-- Installations from before the catalogue of texts go on saying what they said: the company's subject and bodies become the texts of
-- level 1, in its language and tone. Where nothing is nearer they also serve the other levels, tones and language.
INSERT INTO "notice_templates" ("id", "kind", "level", "language", "tone", "subject", "body")
SELECT gen_random_uuid(), 'preventive', 1, CASE WHEN "locale" LIKE 'en%' THEN 'en' ELSE 'es' END, "notice_tone", "notice_subject", "reminder_body" FROM "company"
UNION ALL
SELECT gen_random_uuid(), 'overdue', 1, CASE WHEN "locale" LIKE 'en%' THEN 'en' ELSE 'es' END, "notice_tone", "notice_subject", "overdue_body" FROM "company"
ON CONFLICT DO NOTHING;
