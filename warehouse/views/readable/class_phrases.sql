-- What each class moves by towards each phrase, with all names: what concept_scores has by number.
--
-- Grain: one row per run, model, class and phrase. Units: degrees.
create view class_phrases as
select r.study, c.run_id, r.run_id in (select run_id from latest.runs) as is_latest, c.model,
    k.class_name, p.phrase, p.concept_group, c.n,
    c.own_as_mean_deg, c.own_ci_low_deg, c.own_ci_high_deg, c.control_own_as_mean_deg,
    c.own_p_adjusted, c.own_differs_from_control, c.common_as_mean_deg,
    c.as_mean_deg, c.as_ci_low_deg, c.as_ci_high_deg, c.p_adjusted, c.differs_from_control
from main.concept_scores c
join main.runs r using (run_id)
join main.class_scores k using (run_id, model, class_index)
join main.concepts p using (run_id, concept_id);

comment on view class_phrases is 'What each class moves by towards each phrase, with all names: what concept_scores has by number. One row a run, model, class and phrase.';
comment on column class_phrases.is_latest is 'Whether the run is the newest finished one of its study.';
