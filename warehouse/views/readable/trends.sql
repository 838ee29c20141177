-- How the headline figures of a study's models went from run to run.
--
-- Grain: one row per finished run, model and metric. Units: as the metric's name says; shares from 0
-- to 1. By example: from trends where study = 'demo' and metric = 'class_share' order by run_number.
create view trends as
with finished as (
    select run_id, study, finished_at,
        row_number() over (partition by study order by coalesce(serial, 0), finished_at, run_id) as run_number
    from main.runs
    where status = 'finished'
),
headlines as (
    select run_id, model, 'is_as_ratio' as metric, is_as_ratio as value, ratio_ci_low as low, ratio_ci_high as high
    from main.model_scores
    union all
    select run_id, model, 'ratio_excess', ratio_excess, excess_ci_low, excess_ci_high from main.model_scores
    union all
    select run_id, model, 'abs_as_median_deg', abs_as_median_deg, null, null from main.model_scores
    union all
    select run_id, model, 'is_median_deg', is_median_deg, null, null from main.model_scores
    union all
    select run_id, model, 'null_energy_mean', null_energy_mean, null, null from main.model_scores
    union all
    select run_id, model, 'class_share', feature_share, feature_share_ci_low, feature_share_ci_high
    from main.group_scores where concept_group = 'class'
    union all
    select run_id, model, 'headroom', headroom, headroom_ci_low, headroom_ci_high from main.headroom
    union all
    select run_id, model, 'translator_r2', r2_weighted, null, null from main.translators
)
select f.study, f.run_number, f.run_id, f.finished_at, h.model, h.metric, h.value, h.low, h.high
from headlines h
join finished f using (run_id);

comment on view trends is 'How the headline figures of a study''s models went from run to run. One row a finished run, model and metric.';
comment on column trends.run_number is 'Which of the study''s finished runs it is, from 1.';
comment on column trends.metric is 'is_as_ratio, ratio_excess, abs_as_median_deg, is_median_deg, null_energy_mean, class_share (group_scores.feature_share of the classes), headroom or translator_r2.';
comment on column trends.value is 'The figure, in the unit of its name; shares from 0 to 1.';
comment on column trends.low is 'Lower end of its 95 % interval; NULL where none is stored.';
comment on column trends.high is 'Upper end of it.';
