SELECT if(count() = 0, NULL, max(categorized_at)) AS newest FROM _categorizations
