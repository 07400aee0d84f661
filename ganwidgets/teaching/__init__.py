"""What a teacher needs beside the course: pages to print, hints held back and released, progress that was shared."""
