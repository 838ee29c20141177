-- Where the null space is exact, removing the null part moves no logit.
--
-- Not by a hundredth of what a random step of that length does. A head that is damaged, or is not the one that was taken
-- apart, moves them by far more; rounding by less than a millionth.
-- A row returned here is a failure: pairs are not equivalent.
with
random_steps as (
    select run_id, model, max(logit_l2_q95) as moved
    from control_scores
    where kind = 'random_vector' and run_id in (from checked_runs)
    group by all
)
select s.run_id, s.model, s.image_id, s.max_abs_logit_drift, r.moved as moved_by_a_random_step
from image_scores s
join models m using (run_id, model)
join random_steps r using (run_id, model)
where s.run_id in (from checked_runs)
  and m.null_mode = 'exact'
  -- A rank or a tolerance that the study gives may cut off what the head sees.
  and m.null_rule = 'singular values within the rounding of the stored weights'
  and s.max_abs_logit_drift > 0.01 * r.moved;
