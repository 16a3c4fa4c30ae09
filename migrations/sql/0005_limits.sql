-- The limits that all workers share: how many pictures an account may ask for in a window, and the log of grants.
select 1;
