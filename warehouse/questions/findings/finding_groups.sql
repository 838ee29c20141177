-- Whether the head sees what tells a group's values apart more, or less, than it sees whatever else
-- differs between images: the share in the null space against that of all variance.
--
-- Grain: one row per model and group. Units: shares from 0 to 1. differs: the interval of the share
-- leaves out that of all variance; NULL where either is unknown. times: how many times the odds of
-- that share those of this one are at least, by the interval's near end (for less, how many times
-- smaller): of odds, because shares are as far apart near 1 as near 0.
--
-- unseen_share: effect_share, or feature_share where that is not known.
with shares as (
    select model, concept_group, null_variance_share,
        coalesce(effect_share, feature_share) as unseen_share,
        if(effect_share is null, feature_share_ci_low, effect_share_ci_low) as unseen_ci_low,
        if(effect_share is null, feature_share_ci_high, effect_share_ci_high) as unseen_ci_high
    from main.group_scores
    join main.model_scores using (run_id, model)
    where run_id = $run
),
near as (
    select *,
        unseen_ci_low > null_variance_share or unseen_ci_high < null_variance_share as differs,
        unseen_share > null_variance_share as unseen,
        least(0.999, greatest(0.001, if(unseen, unseen_ci_low, unseen_ci_high))) as share,
        least(0.999, greatest(0.001, null_variance_share)) as variance
    from shares
)
select * exclude (share, variance),
    if(unseen_share is null, null, share / (1 - share) / (variance / (1 - variance)))
        ** if(unseen, 1, -1) as times
from near
order by times desc nulls last, model, concept_group
