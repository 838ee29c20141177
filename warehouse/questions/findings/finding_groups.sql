-- Whether the head sees what tells a group's values apart more, or less, than it sees whatever else
-- differs between images: the share in the null space against that of all variance.
--
-- Grain: one row per model and group. Units: shares from 0 to 1. differs: the interval of the share
-- leaves out that of all variance; NULL where either is unknown. times: how many times the odds of
-- that share those of this one are at least, by the interval's near end (for less, how many times
-- smaller): of odds, because shares are as far apart near 1 as near 0.
with near as (
    select model, concept_group, feature_share, feature_share_ci_low, feature_share_ci_high,
        null_variance_share,
        feature_share_ci_low > null_variance_share or feature_share_ci_high < null_variance_share
            as differs,
        feature_share > null_variance_share as unseen,
        least(0.999, greatest(0.001,
            if(unseen, feature_share_ci_low, feature_share_ci_high))) as share,
        least(0.999, greatest(0.001, null_variance_share)) as variance
    from main.group_scores
    join main.model_scores using (run_id, model)
    where run_id = $run
)
select * exclude (share, variance),
    if(feature_share is null, null, share / (1 - share) / (variance / (1 - variance)))
        ** if(unseen, 1, -1) as times
from near
order by times desc nulls last, model, concept_group
