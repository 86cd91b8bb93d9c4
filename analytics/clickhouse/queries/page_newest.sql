SELECT if(count() = 0, NULL, max(categorized_at)) AS newest FROM categorization_store
