"""What leaves the program as text: JSON, CSV, the support report, and the file that it is written to."""

from ucdn_tui.export.csv_tables import failed_urls, tasks_csv, url_lines, urls_csv
from ucdn_tui.export.json_documents import task_document, task_json, tasks_json, urls_json
from ucdn_tui.export.support_report import Language, support_report
from ucdn_tui.export.write_file import ExportError, target_folders, write_new

__all__ = [
    "ExportError",
    "Language",
    "failed_urls",
    "support_report",
    "target_folders",
    "task_document",
    "task_json",
    "tasks_csv",
    "tasks_json",
    "url_lines",
    "urls_csv",
    "urls_json",
    "write_new",
]
