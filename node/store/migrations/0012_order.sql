-- The desk is listed by time limit and, within one, from the newest back. The index has
-- that order, so that a list begins at once however many messages there are.
DROP INDEX desk_open;
CREATE INDEX desk_open ON desk (box, open, due, n DESC);
CREATE INDEX desk_all ON desk (box, due, n DESC);
