-- The truth about an attribute, measured by changing it alone in drawn scenes.
--
-- Grain:  one row per run, model and attribute; made worlds only, written by `sing validate`.
-- Key:    run_id, model, attribute
-- Units:  degrees where the name says so; shares from 0 to 1; logits.
-- Source: beyond the paper; docs/validation.md.
create table counterfactuals (
    run_id                varchar not null,
    model                 varchar not null,
    attribute             varchar not null,
    n                     bigint  not null,
    null_share            double,
    null_share_translated double,
    logit_move_l2         double,
    space_move_deg        double,
    probe_null            double,
    probe_principal       double,
    probe_chance          double,
    flipped_share         double,
    null_share_even       double,
    null_share_odd        double,
    null_share_translated_even double,
    null_share_translated_odd  double
);
comment on table counterfactuals is 'The truth about an attribute, measured by changing it alone in drawn scenes; made worlds only.';
comment on column counterfactuals.run_id is 'The run.';
comment on column counterfactuals.model is 'The model.';
comment on column counterfactuals.attribute is 'The attribute that was changed: the concept group of the same name.';
comment on column counterfactuals.n is 'Pairs of scenes that differ in it alone.';
comment on column counterfactuals.null_share is 'Share of the features'' squared change that lies in the null space, over all pairs, 0 to 1.';
comment on column counterfactuals.null_share_translated is 'The same after translation: squared length of the null part''s image over that of both parts'', 0 to 1.';
comment on column counterfactuals.logit_move_l2 is 'Mean length of the change of the logits.';
comment on column counterfactuals.space_move_deg is 'Mean angle between the space''s own embeddings of the two pictures, degrees; the same for all models.';
comment on column counterfactuals.probe_null is 'Held-out accuracy of a linear probe that reads the value from the null part, 0 to 1.';
comment on column counterfactuals.probe_principal is 'The same from the principal part.';
comment on column counterfactuals.probe_chance is 'Accuracy of guessing: one over the number of values.';
comment on column counterfactuals.flipped_share is 'Share of pairs whose predicted class differs, 0 to 1.';
comment on column counterfactuals.null_share_even is 'null_share over every second pair, the first included: how well the truth is known.';
comment on column counterfactuals.null_share_odd is 'The same over the other pairs.';
comment on column counterfactuals.null_share_translated_even is 'null_share_translated over every second pair, the first included.';
comment on column counterfactuals.null_share_translated_odd is 'The same over the other pairs.';
