-- The tests that a policy passed when it was put in force, and how many they are.
ALTER TABLE policy ADD COLUMN tests BLOB NOT NULL DEFAULT x'';
ALTER TABLE policy ADD COLUMN tested INTEGER NOT NULL DEFAULT 0;
