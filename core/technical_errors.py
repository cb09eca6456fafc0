"""Technical errors in words: the one place that turns an error of the system into a Vietnamese sentence. The technical text,
which is English, goes to the log alone."""

import errno
import logging

log = logging.getLogger(__name__)

OTHER = "lỗi kỹ thuật, chi tiết ở nhật ký máy chủ"
OF_FILES = {
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.EACCES: "không có quyền với tệp này",
    errno.EPERM: "không có quyền với tệp này",
    errno.EEXIST: "đã có tệp này",
    errno.EISDIR: "đây là thư mục, không phải tệp",
    errno.ENOTDIR: "đường dẫn đi qua một tệp, không phải thư mục",
    errno.ENOSPC: "ổ đĩa đã đầy",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
    errno.ENAMETOOLONG: "tên tệp quá dài",
}


def in_words(error: BaseException) -> str:
    """Return the cause of an error as a part of a sentence, and log what the system says of it."""
    log.warning("%s: %s", type(error).__name__, error)
    return OF_FILES.get(error.errno or 0, OTHER) if isinstance(error, OSError) else OTHER
