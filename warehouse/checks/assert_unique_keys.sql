-- Every table's grain is its key.
--
-- A row returned here is a failure: something was stored twice.
select 'runs' as table_name, count(*) as n_repeated
from (select 1 from runs where run_id in (from checked_runs) group by run_id having count(*) > 1)
having count(*) > 0
union all
select 'artifacts' as table_name, count(*) as n_repeated
from (select 1 from artifacts where run_id in (from checked_runs) group by run_id, path, coalesce(model, '') having count(*) > 1)
having count(*) > 0
union all
select 'models' as table_name, count(*) as n_repeated
from (select 1 from models where run_id in (from checked_runs) group by run_id, model having count(*) > 1)
having count(*) > 0
union all
select 'images' as table_name, count(*) as n_repeated
from (select 1 from images where run_id in (from checked_runs) group by run_id, image_id having count(*) > 1)
having count(*) > 0
union all
select 'rejected_images' as table_name, count(*) as n_repeated
from (select 1 from rejected_images where run_id in (from checked_runs) group by run_id, path having count(*) > 1)
having count(*) > 0
union all
select 'concepts' as table_name, count(*) as n_repeated
from (select 1 from concepts where run_id in (from checked_runs) group by run_id, concept_id having count(*) > 1)
having count(*) > 0
union all
select 'translators' as table_name, count(*) as n_repeated
from (select 1 from translators where run_id in (from checked_runs) group by run_id, model having count(*) > 1)
having count(*) > 0
union all
select 'image_scores' as table_name, count(*) as n_repeated
from (select 1 from image_scores where run_id in (from checked_runs) group by run_id, model, image_id having count(*) > 1)
having count(*) > 0
union all
select 'image_concept_scores' as table_name, count(*) as n_repeated
from (select 1 from image_concept_scores where run_id in (from checked_runs) group by run_id, model, image_id, concept_id having count(*) > 1)
having count(*) > 0
union all
select 'class_scores' as table_name, count(*) as n_repeated
from (select 1 from class_scores where run_id in (from checked_runs) group by run_id, model, class_index having count(*) > 1)
having count(*) > 0
union all
select 'concept_scores' as table_name, count(*) as n_repeated
from (select 1 from concept_scores where run_id in (from checked_runs) group by run_id, model, class_index, concept_id having count(*) > 1)
having count(*) > 0
union all
select 'model_scores' as table_name, count(*) as n_repeated
from (select 1 from model_scores where run_id in (from checked_runs) group by run_id, model having count(*) > 1)
having count(*) > 0
union all
select 'image_labels' as table_name, count(*) as n_repeated
from (select 1 from image_labels where run_id in (from checked_runs) group by run_id, image_id, concept_group having count(*) > 1)
having count(*) > 0
union all
select 'group_scores' as table_name, count(*) as n_repeated
from (select 1 from group_scores where run_id in (from checked_runs) group by run_id, model, concept_group having count(*) > 1)
having count(*) > 0
union all
select 'group_value_scores' as table_name, count(*) as n_repeated
from (select 1 from group_value_scores where run_id in (from checked_runs) group by run_id, model, concept_group, value_index having count(*) > 1)
having count(*) > 0
union all
select 'counterfactuals' as table_name, count(*) as n_repeated
from (select 1 from counterfactuals where run_id in (from checked_runs) group by run_id, model, attribute having count(*) > 1)
having count(*) > 0
union all
select 'candidate_scores' as table_name, count(*) as n_repeated
from (select 1 from candidate_scores where run_id in (from checked_runs) group by run_id, model, attribute, score having count(*) > 1)
having count(*) > 0
union all
select 'score_validation' as table_name, count(*) as n_repeated
from (select 1 from score_validation where run_id in (from checked_runs) group by run_id, score, truth, coalesce(model, '') having count(*) > 1)
having count(*) > 0
union all
select 'image_ranks' as table_name, count(*) as n_repeated
from (select 1 from image_ranks where run_id in (from checked_runs) group by run_id, model, image_id having count(*) > 1)
having count(*) > 0
union all
select 'control_scores' as table_name, count(*) as n_repeated
from (select 1 from control_scores where run_id in (from checked_runs) group by run_id, model, kind, draw having count(*) > 1)
having count(*) > 0
union all
select 'removal_scores' as table_name, count(*) as n_repeated
from (select 1 from removal_scores where run_id in (from checked_runs) group by run_id, model, removal having count(*) > 1)
having count(*) > 0
union all
select 'control_excess' as table_name, count(*) as n_repeated
from (select 1 from control_excess where run_id in (from checked_runs) group by run_id, model, kind having count(*) > 1)
having count(*) > 0
union all
select 'steering' as table_name, count(*) as n_repeated
from (select 1 from steering where run_id in (from checked_runs) group by run_id, model, image_id, target having count(*) > 1)
having count(*) > 0
union all
select 'steering_curves' as table_name, count(*) as n_repeated
from (select 1 from steering_curves where run_id in (from checked_runs) group by run_id, model, source_class, target, is_deg having count(*) > 1)
having count(*) > 0
union all
select 'class_confusion' as table_name, count(*) as n_repeated
from (select 1 from class_confusion where run_id in (from checked_runs) group by run_id, model, source_class, target_class having count(*) > 1)
having count(*) > 0
union all
select 'class_order_correlations' as table_name, count(*) as n_repeated
from (select 1 from class_order_correlations where run_id in (from checked_runs) group by run_id, model_a, model_b having count(*) > 1)
having count(*) > 0
union all
select 'neighbors' as table_name, count(*) as n_repeated
from (select 1 from neighbors where run_id in (from checked_runs) group by run_id, model, image_id, side, neighbor_rank having count(*) > 1)
having count(*) > 0
union all
select 'translator_heads' as table_name, count(*) as n_repeated
from (select 1 from translator_heads where run_id in (from checked_runs) group by run_id, model having count(*) > 1)
having count(*) > 0
union all
select 'translator_agreement' as table_name, count(*) as n_repeated
from (select 1 from translator_agreement where run_id in (from checked_runs) group by run_id having count(*) > 1)
having count(*) > 0
union all
select 'occupancy' as table_name, count(*) as n_repeated
from (select 1 from occupancy where run_id in (from checked_runs) group by run_id, model having count(*) > 1)
having count(*) > 0;
